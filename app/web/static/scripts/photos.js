// The photos of a listing: many at once with their progress, their order by dragging, their state as it changes.

const grid = document.querySelector(".pgrid");
const drop = document.querySelector("[data-drop]");
const AT_ONCE = 2;
const say = (text, bad = false) => document.dispatchEvent(new CustomEvent("said", { detail: { text, bad } }));

// ---- taking in ----
const chosen = drop.querySelector("input[type=file]");
chosen.multiple = true;
chosen.addEventListener("change", () => takeIn([...chosen.files]));
if (chosen.files.length) takeIn([...chosen.files]); // chosen before this script was there
drop.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  drop.classList.add("over");
});
for (const end of ["dragleave", "drop"]) drop.addEventListener(end, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  takeIn([...event.dataTransfer.files]);
});

async function takeIn(files) {
  const shows = drop.querySelector("select").value;
  // A home has one front: of several photos only the first shows it. What the others show is set on each.
  const waiting = files.map((file, at) => [file, at && shows === "front_exterior" ? "other" : shows, arrival(file)]);
  let failed = 0;
  const worker = async () => {
    for (let next; (next = waiting.shift()); ) failed += (await send(...next)) ? 0 : 1;
  };
  failed += (await send(...waiting.shift())) ? 0 : 1; // alone, so that it stands before the others
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  chosen.value = "";
  if (files.length > failed) failed ? showAnew(await fetch(location.href)) : location.reload();
}

function arrival(file) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = file.name;
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `Sending ${file.name}`);
  row.append(name, progress);
  drop.querySelector(".arriving").append(row);
  return row;
}

// Resolves to whether it was taken; says in its row why not.
function send(file, shows, row) {
  const form = new FormData();
  form.append("image_type", shows);
  form.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", drop.action);
  request.setRequestHeader("Accept", "application/json");
  const progress = row.querySelector("progress");
  request.upload.addEventListener("progress", (event) => (progress.value = event.loaded / event.total));
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => {
      const taken = request.status === 204;
      if (!taken) row.append(refusal(request));
      progress.value = taken ? 1 : 0;
      resolve(taken);
    });
    request.send(form);
  });
}

function refusal(request) {
  const said = document.createElement("p");
  said.className = "errt";
  try {
    said.textContent = JSON.parse(request.responseText).detail;
  } catch {
    said.textContent = "Not sent: no connection. Try again.";
  }
  return said;
}

// The photos as they stand now, without losing what the rows say of those that were refused.
async function showAnew(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const anew = page.querySelector(".pgrid");
  if (!grid || !anew) return location.reload();
  grid.replaceChildren(...anew.children);
  watch();
  const told = page.querySelector(".toasts .toast");
  if (told) say(told.querySelector("span").textContent, told.classList.contains("bad"));
}

// ---- order: by the grip, dragged or with the arrow keys ----
let lifted = null;
let handled = false;
let keeping = 0;
const cardOf = (event) => event.target.closest(".ph");
async function keepOrder(moved) {
  const order = new URLSearchParams();
  for (const card of grid.children) order.append("id", card.dataset.id);
  await showAnew(await fetch(grid.dataset.orderAt, { method: "POST", body: order }));
  document.getElementById(moved)?.querySelector(".grip").focus();
}
grid?.addEventListener("pointerdown", (event) => {
  const card = cardOf(event);
  if (card) card.draggable = event.target.closest(".grip") !== null;
});
grid?.addEventListener("dragstart", (event) => {
  lifted = cardOf(event);
  handled = false;
  lifted.classList.add("lifted");
});
grid?.addEventListener("dragover", (event) => {
  const over = cardOf(event);
  if (!lifted || !over) return;
  event.preventDefault();
  if (over === lifted) return;
  const follows = lifted.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
  over[follows ? "after" : "before"](lifted);
});
grid?.addEventListener("drop", () => (handled = true));
grid?.addEventListener("dragend", () => {
  if (!lifted) return;
  lifted.classList.remove("lifted");
  const moved = lifted.id;
  lifted = null;
  handled ? keepOrder(moved) : location.reload();
});
grid?.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (!by || !event.target.matches(".grip")) return;
  event.preventDefault();
  const card = cardOf(event);
  const other = by < 0 ? card.previousElementSibling : card.nextElementSibling;
  if (!other) return;
  other[by < 0 ? "before" : "after"](card);
  event.target.focus();
  clearTimeout(keeping);
  keeping = setTimeout(() => keepOrder(card.id), 500);
});

// ---- state ----
function watch() {
  if (!grid?.querySelector("[data-live]")) return;
  const source = new EventSource(grid.dataset.liveAt);
  source.addEventListener("photo", (event) => {
    const { id, state, html } = JSON.parse(event.data);
    const card = document.getElementById(`photo-${id}`);
    if (!card || card.dataset.state === state || card.querySelector("details[open], :popover-open")) return;
    const made = document.createElement("template");
    made.innerHTML = html;
    const anew = made.content.firstElementChild;
    card.replaceWith(anew);
    if ("live" in card.dataset && anew.dataset.said) say(anew.dataset.said);
  });
  source.addEventListener("done", () => source.close());
}
watch();
