// A file takes a while to be sent and read: the button cannot be pressed twice, and the page says what it waits for.

for (const form of document.querySelectorAll("form[data-wait]")) {
  form.addEventListener("submit", () => {
    const said = document.createElement("p");
    said.className = "laying";
    said.setAttribute("role", "status");
    said.append(document.createElement("i"), document.createElement("i"), document.createElement("i"), form.dataset.wait);
    form.append(said);
    form.querySelector("button").disabled = true;
  });
}
// Back from the next page, the form is as it was.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const said of document.querySelectorAll(".laying")) said.remove();
  for (const button of document.querySelectorAll("form[data-wait] button")) button.disabled = false;
});
