// Back from a home: the pages that had come by scrolling come again, and the list stands where it was left.
// A browser that kept the page in memory does this by itself.
const key = `left ${location.pathname}${location.search}`;
const cards = () => document.querySelectorAll(".cards > .card").length;

addEventListener("pagehide", () => sessionStorage.setItem(key, JSON.stringify({ cards: cards(), top: scrollY })));

const left = JSON.parse(sessionStorage.getItem(key));
const isReturn = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
if (isReturn && left && left.cards > cards()) {
  history.scrollRestoration = "manual";
  const goOn = () => {
    const more = document.querySelector(".more[hx-get]");
    if (more && cards() < left.cards) return more.scrollIntoView(); // which asks for the next page
    document.removeEventListener("htmx:after:swap", goOn);
    scrollTo(0, left.top);
  };
  document.addEventListener("htmx:after:swap", goOn);
  goOn();
}
