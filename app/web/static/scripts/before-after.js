// The slider between a photo and its enhancement, also one that came into the page later.
const show = (range) => range.closest(".ba")?.style.setProperty("--x", `${range.value}%`);
document.addEventListener("input", (event) => event.target.type === "range" && show(event.target));
for (const range of document.querySelectorAll(".ba input")) show(range);
