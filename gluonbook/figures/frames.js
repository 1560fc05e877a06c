// Runs the figures that the reader changes with a slider, which frames.py makes.

(() => {
  "use strict";

  function connect(figure) {
    const frames = JSON.parse(figure.dataset.frames);
    const slider = figure.querySelector("input");
    const picture = figure.querySelector("svg");

    function show() {
      const { value, alt } = frames[slider.value];
      for (const group of picture.querySelectorAll("[data-frame]")) {
        group.setAttribute("display", group.dataset.frame === slider.value ? "inline" : "none");
      }
      figure.querySelector(".value").textContent = value;
      // Screen readers read this out, and nothing else, when the slider moves.
      slider.setAttribute("aria-valuetext", `${value}. ${alt}`);
      picture.setAttribute("aria-label", alt);
    }

    slider.addEventListener("input", show);
    slider.disabled = false;
    // Otherwise an arrow key would move JupyterLab to the next cell.
    slider.dataset.lmSuppressShortcuts = "";
    figure.querySelector(".no-script").hidden = true;
  }

  for (const figure of document.querySelectorAll(".gluonbook-frames:not([data-alive])")) {
    figure.dataset.alive = "";
    connect(figure);
  }
})();
