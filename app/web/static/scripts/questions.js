// The preview's language belongs to the form, but stands beside it. Options change places at once, and the preview is asked for anew; without scripts the same buttons send the form.

const form = document.getElementById("questions");
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest(".opt");
  const up = button.dataset.move === "up";
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (!other?.querySelector("[data-move]")) return;
  if (up) other.before(row);
  else other.after(row);
  button.focus();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  if (event.target.name === "shown") form.dispatchEvent(new Event("input"));
});
