// Leads can be dragged to the column of a next status; the menu on each card does the same without a mouse.

let card = null;
const target = (event) => {
  const column = event.target.closest(".column");
  return card && column && card.dataset.next.split(" ").includes(column.dataset.status) ? column : null;
};
const mark = (open) => {
  for (const column of document.querySelectorAll(".column")) column.classList.toggle("open", column === open);
};

document.addEventListener("pointerdown", (event) => {
  const under = event.target.closest(".leadc");
  if (under) under.draggable = under.querySelector(".move") !== null;
});
document.addEventListener("dragstart", (event) => (card = event.target.closest(".leadc")));
document.addEventListener("dragover", (event) => {
  const column = target(event);
  mark(column);
  if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const column = target(event);
  if (!column) return;
  event.preventDefault();
  card.querySelector(`.move input[name=status][value=${column.dataset.status}]`).form.requestSubmit();
});
document.addEventListener("dragend", () => {
  card = null;
  mark(null);
});

// One menu at a time; Escape closes it and gives the focus back.
document.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  for (const other of document.querySelectorAll(".move[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  const open = document.querySelector(".move[open]");
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
