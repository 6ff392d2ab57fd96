// Choosing homes to compare: small pictures of them in the bar, each a button that takes its home out again.
// Without this the bar counts them by itself, and the comparison says when there are too many.
const MOST = 4;
const bar = document.querySelector("form#compare.cmpbar");
const picks = bar.querySelector(".picks");
const full = bar.querySelector(".full");
const chosen = () => [...document.querySelectorAll('.card [form="compare"]:checked')];

function picture(card) {
  const shown = card.querySelector(".photo > .shown, .nophoto svg").cloneNode(true);
  if (shown.sizes) shown.sizes = "64px";
  shown.alt = "";
  return shown;
}

function pick(box) {
  const card = box.closest(".card");
  const button = Object.assign(document.createElement("button"), { type: "button", title: picks.dataset.takeOut });
  button.setAttribute("aria-label", `${picks.dataset.takeOut}: ${card.querySelector("h2").textContent}`);
  button.append(picture(card));
  if (card.querySelector(".photo > .original")) button.insertAdjacentHTML("beforeend", '<span class="plate">AI</span>');
  button.addEventListener("click", () => {
    box.checked = false;
    show();
    (picks.querySelector("button") ?? box).focus();
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function show() {
  full.textContent = "";
  picks.replaceChildren(...chosen().map(pick));
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.('.card [form="compare"]')) return;
  const isTooMany = chosen().length > MOST;
  if (isTooMany) target.checked = false;
  show();
  if (isTooMany) full.textContent = full.dataset.full;
});
// The browser ticks the boxes again when it goes back to the page.
addEventListener("pageshow", show);
picks.hidden = false;
