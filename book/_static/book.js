// The book works without this file. What it does is for the keyboard, screen readers and paper.

document.addEventListener("DOMContentLoaded", nameThemeControls);
// A picture has its size only once it is loaded.
window.addEventListener("load", makeScrollersFocusable);
window.addEventListener("resize", makeScrollersFocusable);

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".byline .print")?.addEventListener("click", () => window.print());
});

// Paper is white, and nobody can unfold what is folded on it. Solutions stay hidden: see book.css.
const appearance = document.documentElement.dataset;
let themeOnScreen;
let folded = [];
window.addEventListener("beforeprint", () => {
  themeOnScreen = appearance.theme;
  appearance.theme = "light";
  folded = [...document.querySelectorAll(".bd-article details:not([open], .solution)")];
  folded.forEach((part) => (part.open = true));
});
window.addEventListener("afterprint", () => {
  appearance.theme = themeOnScreen;
  folded.forEach((part) => (part.open = false));
});

// What a control shows must be part of the name that is read out. The theme gives two kinds
// of control another name, and those that unfold a part of the sidebar, and the sidebar, none.
function nameThemeControls() {
  const renamed = "summary[aria-label], .search-button-field[aria-label]";
  document.querySelectorAll(renamed).forEach((control) => control.removeAttribute("aria-label"));
  document.querySelectorAll(".toctree-l1, .toctree-l2").forEach((part) => {
    const unfold = part.querySelector(":scope > details > summary");
    unfold?.setAttribute("aria-label", `Pages below ${part.querySelector("a").textContent.trim()}`);
  });
  const sidebar = document.getElementById("pst-primary-sidebar");
  sidebar?.setAttribute("role", "navigation");
  sidebar?.setAttribute("aria-label", "Book");
}

// What scrolls sideways must be reachable with the Tab key, to be scrolled with the arrows.
// The theme sees to code, outputs and tables; this sees to wide formulas and diagrams.
function makeScrollersFocusable() {
  document.querySelectorAll(".bd-article :is(div.math, p:has(> img), .diagram)").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  });
}
