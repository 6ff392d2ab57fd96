// Back from a home or a comparison, by the browser or by its link, and after a change of language, colours or unit: the pages that had
// come by scrolling come again, and the list stands where it was left.
// A browser that kept the page in memory does this by itself.
const here = `${location.pathname}${location.search}`;
const key = `left ${here}`;
const cards = () => [...document.querySelectorAll(".cards > .card")];
const topOf = (card) => card.getBoundingClientRect().top;

sessionStorage.setItem("results", here); // for the link on the page of a home
addEventListener("pagehide", () => {
  // The place of a card, as other words are longer or shorter; below them all, of the last.
  const first = cards().findIndex((card) => card.getBoundingClientRect().bottom > 0);
  const card = cards().at(first);
  if (card) sessionStorage.setItem(key, JSON.stringify({ cards: cards().length, first, top: topOf(card) }));
});

function isReturn(left) {
  const { type } = performance.getEntriesByType("navigation")[0] ?? {};
  if (type === "back_forward") return left.cards > cards().length; // less is the browser's own work
  const { origin, pathname, search } = new URL(document.referrer || "about:blank");
  return type === "navigate" && origin === location.origin && (/^\/(homes\/|compare$)/.test(pathname) || `${pathname}${search}` === here);
}

const left = JSON.parse(sessionStorage.getItem(key));
if (left && isReturn(left)) {
  history.scrollRestoration = "manual";
  const goOn = () => {
    const more = document.querySelector(".more[hx-get]");
    if (more && cards().length < left.cards) return more.scrollIntoView(); // which asks for the next page
    document.removeEventListener("htmx:after:swap", goOn);
    const card = cards().at(left.first);
    if (card) scrollBy(0, topOf(card) - left.top);
  };
  document.addEventListener("htmx:after:swap", goOn);
  goOn();
}
