// This script runs before the page is first painted.

// Apply the reader's colour theme now, so that a dark page does not flash white. Later the theme's own
// script takes over, which stores the reader's choice under the same two names.
(function (page) {
  page.mode = localStorage.getItem("mode") || "auto";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  page.theme = page.mode === "auto" ? system : page.mode;
})(document.documentElement.dataset);

// With book.css, browsers use our fonts only if they arrive almost at once, because text moves when its
// font changes. So the fonts are preloaded here. Files on a disk cannot be preloaded; for them, the
// fonts are declared again, in such a way that browsers use them even if they arrive late.
const folder = document.currentScript.src.replace(/[^/]*$/, "fonts/");
for (const [family, file, weight, style] of [
  ["Source Serif 4", "source-serif-4-latin-400-normal", "400", "normal"],
  ["Source Serif 4", "source-serif-4-latin-600-normal", "600", "normal"],
  ["Source Serif 4", "source-serif-4-latin-400-italic", "400", "italic"],
  ["Iosevka", "iosevka-400-normal", "400", "normal"],
]) {
  const address = `${folder}${file}.woff2`;
  if (location.protocol === "file:") {
    document.fonts.add(new FontFace(family, `url("${address}")`, { display: "swap", style, weight }));
  } else {
    const preload = document.createElement("link");
    Object.assign(preload, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "" });
    preload.href = address;
    document.head.append(preload);
  }
}
