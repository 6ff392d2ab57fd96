// The budget slider: two handles over the two lists of prices, which hold the answer and work without this.
// A handle's place is the number of its step; the first and the last mean "no limit".

function setUp(track) {
  const form = track.closest("form");
  const [low, high] = ["budget_min", "budget_max"].map((name) => ({
    select: form.elements[name],
    handle: track.querySelector(`[data-for="${name}"]`),
  }));
  // A link may bring a price between two steps; the list offers it as well.
  const steps = [...high.select.options].filter(({ value, dataset }) => value && !("between" in dataset));
  const prices = steps.map(({ value }) => Number(value));
  const last = prices.length + 1;
  const fill = track.querySelector(".fill");

  const placeOf = (end) => {
    if (end.select.value === "") return end === low ? 0 : last;
    const price = Number(end.select.value);
    const below = prices.filter((each) => each < price).length;
    return prices[below] === price ? below + 1 : below + 0.5;
  };
  const put = (end, place) => {
    end.select.value = place <= 0 || place >= last ? "" : String(prices[place - 1]);
  };

  const show = () => {
    const [from, to] = [placeOf(low), placeOf(high)];
    fill.style.left = `${(from / last) * 100}%`;
    fill.style.width = `${((to - from) / last) * 100}%`;
    for (const end of [low, high]) {
      end.handle.value = placeOf(end);
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

  for (const end of [low, high]) {
    end.handle.min = 0;
    end.handle.max = last;
    end.handle.addEventListener("input", () => {
      const wanted = Number(end.handle.value);
      put(end, end === low ? Math.min(wanted, Math.ceil(placeOf(high)) - 1) : Math.max(wanted, Math.floor(placeOf(low)) + 1));
      show();
    });
    end.select.addEventListener("change", () => {
      // The lists may cross where the handles cannot: the other one gives way.
      const [from, to] = [placeOf(low), placeOf(high)];
      if (from >= to && end === low) put(high, Math.floor(from) + 1);
      if (from >= to && end === high) put(low, Math.ceil(to) - 1);
      show();
    });
  }
  // A press beside the handles brings the nearer one there; what begins on a handle is a drag, wherever it ends.
  let isBeside = false;
  track.addEventListener("pointerdown", ({ target }) => {
    isBeside = !target.matches("input");
  });
  track.addEventListener("click", ({ clientX }) => {
    if (!isBeside) return;
    const { left, width } = track.getBoundingClientRect();
    const place = ((clientX - left) / width) * last;
    const { handle } = Math.abs(place - placeOf(low)) < Math.abs(place - placeOf(high)) ? low : high;
    handle.value = Math.round(place);
    handle.focus({ preventScroll: true });
    for (const type of ["input", "change"]) handle.dispatchEvent(new Event(type, { bubbles: true }));
  });
  track.hidden = false;
  show();
}

function setUpAll() {
  for (const track of document.querySelectorAll("[data-slider][hidden]")) setUp(track);
}
setUpAll();
document.addEventListener("htmx:after:swap", setUpAll);
