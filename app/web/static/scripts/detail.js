// What the page of a home does beyond links and forms: the bar that leads to the form, copying and sharing its address, the box of which Escape closes.

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
