// What was typed into the form outlives a switch of language, colours or unit, which loads the page anew.
const key = `typed ${location.pathname}`;
const form = document.forms.ask;

// The form may be another one by then: a refused one is put in its place.
addEventListener("submit", ({ target }) => {
  const typed = document.forms.ask;
  if (typed && target.getAttribute("action") === "/preferences") sessionStorage.setItem(key, JSON.stringify([...new FormData(typed)]));
});

for (const [name, value] of (form && JSON.parse(sessionStorage.getItem(key))) ?? []) {
  const field = form.elements[name];
  if (field.type === "checkbox") field.checked = true;
  else if (name !== "notice_version") field.value = value; // that is of the notice shown now
  if (value) field.closest?.("details:not([open])")?.setAttribute("open", "");
}
sessionStorage.removeItem(key);
