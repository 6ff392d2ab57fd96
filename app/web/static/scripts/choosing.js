// Choosing homes to compare: small pictures of them in the bar, each a button that takes its home out again.
// Those of a search stay chosen on its other pages, and when a page is loaded anew.
// Without this the bar counts them by itself, and the comparison says when there are too many, or one alone.
const [LEAST, MOST] = [2, 4];
const bar = document.querySelector("form#compare.cmpbar");
const picks = bar.querySelector(".picks");
const hint = bar.querySelector(".hint");
const { search } = bar.dataset;
const key = `chosen ${search}`;
const boxes = () => [...document.querySelectorAll('.card [form="compare"]')];
const boxOf = (home) => boxes().find(({ value }) => value === home.id);
let chosen = [];

function homeOf(box) {
  const card = box.closest(".card");
  const picture = card.querySelector(".photo > .shown, .nophoto svg").cloneNode(true);
  if (picture.sizes) picture.sizes = "64px";
  picture.alt = "";
  const plate = card.querySelector(".photo > .original") ? '<span class="plate">AI</span>' : "";
  return { id: box.value, title: card.querySelector("h2").textContent, picture: picture.outerHTML + plate };
}

function pick(home) {
  const button = Object.assign(document.createElement("button"), { type: "button", title: picks.dataset.takeOut });
  button.setAttribute("aria-label", `${picks.dataset.takeOut}: ${home.title}`);
  button.innerHTML = home.picture;
  button.addEventListener("click", () => {
    chosen = chosen.filter(({ id }) => id !== home.id);
    show();
    (picks.querySelector("button") ?? boxOf(home) ?? document.getElementById("main")).focus();
  });
  const item = document.createElement("li");
  item.append(button);
  // A home of another page has no box here.
  if (!boxOf(home)) item.append(Object.assign(document.createElement("input"), { type: "hidden", name: "id", value: home.id }));
  return item;
}

function show() {
  const ids = chosen.map(({ id }) => id);
  for (const box of boxes()) box.checked = ids.includes(box.value);
  picks.replaceChildren(...chosen.map(pick));
  bar.querySelector(".btn").disabled = chosen.length < LEAST;
  hint.textContent = chosen.length === 1 ? hint.dataset.one : "";
  if (search) sessionStorage.setItem(key, JSON.stringify(chosen));
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.('.card [form="compare"]')) return;
  const others = chosen.filter(({ id }) => id !== target.value);
  const isTooMany = target.checked && others.length === MOST;
  chosen = target.checked && !isTooMany ? [...others, homeOf(target)] : others;
  show();
  if (isTooMany) hint.textContent = hint.dataset.full;
});
// Cards that came by scrolling may be chosen already.
document.addEventListener("htmx:after:swap", show);
// Boxes are ticked by the server, by the browser that went back, and by a visitor who was quicker than this; those of
// a page that was kept in memory may be behind what another page of the search chose.
function takeUp({ persisted }) {
  chosen = (search && JSON.parse(sessionStorage.getItem(key))) || [];
  const ids = chosen.map(({ id }) => id);
  const ticked = boxes().filter(({ checked, value }) => checked && !ids.includes(value));
  if (!(search && persisted)) chosen = [...chosen, ...ticked.map(homeOf)].slice(0, MOST);
  show();
}
addEventListener("pageshow", takeUp);
picks.hidden = false;
takeUp({ persisted: false });
