// Runs before anything is painted.

// The reader's colours, so that a dark page does not flash in white. The theme's own script
// takes over later, with the same two names in the storage.

(function (page) {
  page.mode = localStorage.getItem("mode") || "auto";
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  page.theme = page.mode === "auto" ? system : page.mode;
})(document.documentElement.dataset);

// The faces of text and code. Style sheets name them, but text does not wait long for them, since
// nothing must move. So they are asked for first. From a disk that is not allowed, and style sheets do else.
if (location.protocol === "file:") {
  document.documentElement.dataset.place = "disk";
} else {
  const folder = document.currentScript.src.replace(/[^/]*$/, "fonts/");
  const serif = ["400-normal", "600-normal", "400-italic"].map((face) => `source-serif-4-latin-${face}`);
  [...serif, "iosevka-400-normal"].forEach((face) => {
    const preload = document.createElement("link");
    Object.assign(preload, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "" });
    preload.href = `${folder}${face}.woff2`;
    document.head.append(preload);
  });
}
