// The colours, and improvements for keyboards, screen readers and paper. Everything else works without this
// script.
(() => {
  // Apply the reader's choice before the page is painted, so that a dark page does not flash white. The
  // theme's own script, which takes over later, stores it under this name.
  const appearance = document.documentElement.dataset;
  appearance.mode = localStorage.getItem("mode") || "auto";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  appearance.theme = appearance.mode === "auto" ? system : appearance.mode;

  document.addEventListener("DOMContentLoaded", () => {
    nameThemeControls();
    showWhatScrolls();
  });

  // Print in the light theme, with folded parts open.
  let themeOnScreen;
  let folded = [];
  window.addEventListener("beforeprint", () => {
    themeOnScreen = appearance.theme;
    appearance.theme = "light";
    folded = [...document.querySelectorAll(".bd-article details:not([open])")];
    folded.forEach((part) => (part.open = true));
  });
  window.addEventListener("afterprint", () => {
    appearance.theme = themeOnScreen;
    folded.forEach((part) => (part.open = false));
  });

  // Let a key reach what is wider than its place, which not every browser does, and mark what is cut.
  function showWhatScrolls() {
    const mark = (wide) => {
      const rest = wide.scrollWidth - wide.clientWidth;
      wide.toggleAttribute("tabindex", rest > 0);
      if (rest > 0) wide.tabIndex = 0;
      wide.classList.toggle("cut", wide.scrollLeft < rest - 1);
    };
    const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
    const wide =
      ".bd-article :is(pre, div.math, .pst-scrollable-table-container, .cell_output figure > a)";
    document.querySelectorAll(wide).forEach((element) => {
      observer.observe(element);
      element.addEventListener("scroll", () => mark(element));
    });
  }

  // The accessible name of a control must contain the text that it shows. The theme gives two kinds of
  // controls a different name, and no name to the sidebar and the controls that unfold its parts.
  function nameThemeControls() {
    const renamed = "summary[aria-label], .search-button-field[aria-label]";
    document.querySelectorAll(renamed).forEach((control) => control.removeAttribute("aria-label"));
    document.querySelectorAll(".toctree-l1, .toctree-l2").forEach((part) => {
      const unfold = part.querySelector(":scope > details > summary");
      unfold?.setAttribute("aria-label", `Pages below ${part.querySelector("a").textContent.trim()}`);
    });
    for (const [place, button] of document.querySelectorAll(".copybtn").entries()) {
      button.setAttribute("aria-label", `Copy code ${place + 1}`);
    }
    const sidebar = document.getElementById("pst-primary-sidebar");
    sidebar?.setAttribute("role", "navigation");
    sidebar?.setAttribute("aria-label", "Book");
  }
})();
