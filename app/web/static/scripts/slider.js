// The budget slider: two handles over the two lists of prices, which hold the answer and work without this.
// A handle's place is the number of the option; the first and the last mean "no limit".

function setUp(track) {
  const form = track.closest("form");
  const ends = ["budget_min", "budget_max"].map((name) => ({
    select: form.elements[name],
    handle: track.querySelector(`[data-for="${name}"]`),
  }));
  const [low, high] = ends;
  // The lower list lacks the last step and the upper one the first, so a step has the same number in both.
  const last = high.select.options.length;
  const offset = (end) => (end === high ? 1 : 0);
  const fill = track.querySelector(".fill");

  const show = () => {
    const [from, to] = ends.map((end) => end.select.selectedIndex + offset(end));
    fill.style.left = `${(from / last) * 100}%`;
    fill.style.width = `${((to - from) / last) * 100}%`;
    for (const end of ends) {
      end.handle.value = end.select.selectedIndex + offset(end);
      end.handle.setAttribute("aria-valuetext", end.select.selectedOptions[0].label);
    }
    // Where both stand together, the one that can still move lies on top.
    low.handle.classList.toggle("above", from > last / 2);
    for (const bar of form.querySelectorAll("#hist rect[data-from]")) {
      const isInside = Number(bar.dataset.to) > from && Number(bar.dataset.from) < to;
      bar.setAttribute("class", isInside ? "in" : "out");
    }
    form.querySelector(".budget").classList.toggle("done", from > 0 || to < last);
  };

  for (const end of ends) {
    end.handle.min = 0;
    end.handle.max = last;
    end.handle.addEventListener("input", () => {
      const other = end === low ? high : low;
      const limit = other.select.selectedIndex + offset(other) + (end === low ? -1 : 1);
      const wanted = Number(end.handle.value);
      const step = end === low ? Math.min(wanted, limit) : Math.max(wanted, limit);
      end.select.selectedIndex = step - offset(end);
      show();
    });
    end.select.addEventListener("change", () => {
      // The lists may cross where the handles cannot: the other one gives way.
      const [from, to] = ends.map((each) => each.select.selectedIndex + offset(each));
      if (from >= to) {
        if (end === low) high.select.selectedIndex = Math.min(from + 1, last) - offset(high);
        else low.select.selectedIndex = Math.max(to - 1, 0);
      }
      show();
    });
  }
  track.hidden = false;
  show();
}

function setUpAll() {
  for (const track of document.querySelectorAll("[data-slider][hidden]")) setUp(track);
}
setUpAll();
document.addEventListener("htmx:after:swap", setUpAll);
