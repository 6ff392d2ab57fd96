// What the pages of a home and of several side by side do beyond links and forms: the bar that leads to the form, copying and sharing its address, the box of which Escape closes.

// The way back to the results, also after another page came between: another language, a similar home, a mistake told.
const back = document.querySelector("[data-found]");
const results = sessionStorage.getItem("results");
if (back && results && document.referrer.startsWith(`${location.origin}/`)) {
  back.href = results;
  back.querySelector("span").textContent = back.dataset.found;
}

// The bar gives way to the form it leads to.
const bar = document.querySelector(".askbar");
if (bar) {
  new IntersectionObserver(([form]) => bar.classList.toggle("away", form.isIntersecting)).observe(document.querySelector(".rail-form"));
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[data-done]").hidden = false;
  });
}

const share = document.querySelector(".share");
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !share?.open) return;
  share.open = false;
  share.firstElementChild.focus();
});

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ title: document.title, url: button.dataset.share }).catch(() => {}));
}
