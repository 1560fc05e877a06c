// Runs before anything is painted.

// The reader's colours, so that a dark page does not flash in white. The theme's own script
// takes over later, with the same two names in the storage.

(function (page) {
  page.mode = localStorage.getItem("mode") || "auto";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  page.theme = page.mode === "auto" ? system : page.mode;
})(document.documentElement.dataset);

// The face of the text. Style sheets name it, but text does not wait long for it, since nothing
// must move. So it is asked for first. From a disk that is not allowed, and style sheets do else.
if (location.protocol === "file:") {
  document.documentElement.dataset.place = "disk";
} else {
  const folder = document.currentScript.src.replace(/[^/]*$/, "fonts/");
  ["400-normal", "600-normal", "400-italic"].forEach((face) => {
    const preload = document.createElement("link");
    Object.assign(preload, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "" });
    preload.href = `${folder}source-serif-4-latin-${face}.woff2`;
    document.head.append(preload);
  });
}
