// Runs before anything is painted, so that a dark page does not flash in white.
// The theme's own script takes over later, with the same two names in the storage.

(function (page) {
  page.mode = localStorage.getItem("mode") || "auto";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  page.theme = page.mode === "auto" ? system : page.mode;
})(document.documentElement.dataset);
