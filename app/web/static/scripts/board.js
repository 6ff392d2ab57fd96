// Leads can be dragged to the column of a next status; the menu on each card does the same without a mouse.

let card = null;
const columns = () => [...document.querySelectorAll(".column")];
const leadsTo = (column) => card.dataset.next.split(" ").includes(column.dataset.status);
const mark = (open) => {
  for (const column of columns()) column.classList.toggle("open", column === open);
};

document.addEventListener("pointerdown", (event) => {
  const under = event.target.closest(".leadc");
  if (under) under.draggable = under.querySelector(".move") !== null;
});
document.addEventListener("dragstart", (event) => {
  card = event.target.closest(".leadc");
  if (!card) return;
  document.querySelector(".board").classList.add("dragging");
  for (const column of columns()) column.classList.toggle("next", leadsTo(column) || column.contains(card));
});
document.addEventListener("dragover", (event) => {
  const column = event.target.closest(".column");
  if (!card || !column) return;
  // Also where it cannot go, so that the drop can say why.
  event.preventDefault();
  event.dataTransfer.dropEffect = leadsTo(column) ? "move" : "none";
  mark(leadsTo(column) ? column : null);
});
document.addEventListener("drop", (event) => {
  const column = event.target.closest(".column");
  if (!card || !column) return;
  event.preventDefault();
  if (leadsTo(column)) card.querySelector(`.move input[name=status][value=${column.dataset.status}]`).form.requestSubmit();
});
document.addEventListener("dragend", (event) => {
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".column");
  if (card && under && !under.contains(card) && !leadsTo(under)) refuse(under);
  card = null;
  document.querySelector(".board")?.classList.remove("dragging");
  mark(null);
});

// A column that a lead cannot go to says why, beside its head and to screen readers.
function refuse(column) {
  const why = `Not to ${column.dataset.name}: ${card.dataset.why}.`;
  document.querySelector(".refused-move")?.remove();
  const said = document.createElement("p");
  said.className = "refused-move wash bad micro";
  said.textContent = why;
  column.querySelector(".colh").after(said);
  document.getElementById("moved").textContent = why;
}

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
