// What every admin page does with scripts: a form that was changed asks before it is left, lists obey keys.

for (const form of document.querySelectorAll("form[data-guard]")) {
  let changed = false;
  const note = () => {
    changed = true;
    const said = form.querySelector(".changed");
    if (said) said.textContent = "Not saved yet";
  };
  if (form.dataset.guard === "changed") note();
  form.addEventListener("input", note);
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

// What was done is said once more after the page has loaded, since only what comes into a live part is announced.
const toasts = document.querySelector(".toasts");
function tell(toast) {
  toast.querySelector(".close").hidden = false;
  toasts.replaceChildren(toast);
}
if (toasts.firstElementChild) tell(toasts.firstElementChild);
toasts.addEventListener("click", (event) => {
  if (event.target.closest(".close")) toasts.replaceChildren();
});
toasts.addEventListener("animationend", () => toasts.replaceChildren());
document.addEventListener("said", (event) => {
  const toast = document.getElementById("said").content.cloneNode(true).firstElementChild;
  toast.querySelector("span").textContent = event.detail.text;
  toast.classList.toggle("bad", event.detail.bad === true);
  tell(toast);
});

// Unfolding the filters on a phone changes none: the list is not asked for anew, which would drop its ticks.
document.querySelector(".more input")?.addEventListener("input", (event) => event.stopPropagation());

// The menu of a <select> is its own button.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-all]")) {
    for (const box of boxes()) box.checked = event.target.checked;
  }
  const said = document.querySelector(".ticked");
  if (said) said.textContent = `${[...boxes()].filter((box) => box.checked).length} ticked`;
});

const boxes = () => document.querySelectorAll(".list input[name=id]");
const rows = () => [...document.querySelectorAll(".list .open")];

// "/" searches, j and k go through the rows, x picks one, ? tells of these; letters typed into a field are left alone.
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = rows().findIndex((row) => row.closest("tr").contains(document.activeElement));
  const go = { j: at + 1, k: at - 1 }[event.key];
  if (event.key === "/") {
    document.querySelector("[data-search]")?.focus();
  } else if (event.key === "?") {
    document.getElementById("keys")?.togglePopover();
  } else if (go !== undefined) {
    rows()[Math.max(0, Math.min(go, rows().length - 1))]?.focus();
  } else if (event.key === "x" && at >= 0) {
    rows()[at].closest("tr").querySelector("input[name=id]")?.click();
  } else {
    return;
  }
  event.preventDefault();
});
