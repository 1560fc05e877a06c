// What all figures have in common in which the page computes: a form, messages, and how they start. The
// script of a kind of figure registers the class of its elements.

(() => {
  "use strict";

  const visible = (char) => ({ " ": "\u2423", "\n": "\u21b5" })[char] ?? char;
  const letterOf = (char) => Object.assign(document.createElement("span"), { textContent: char });

  class Figure {
    constructor(figure) {
      this.figure = figure;
      this.fields = this.find("form").elements;
      this.hint = this.find(".message").textContent;
      figure.dataset.alive = "";
    }

    find(selector) {
      return this.figure.querySelector(selector);
    }

    // Say something, or again the hint that was there at first.
    say(message) {
      this.find(".message").textContent = message || this.hint;
    }

    // Refuse what is in a field for a reason, or accept it if the reason is empty.
    check(field, reason) {
      field.setAttribute("aria-invalid", reason !== "");
      for (const button of this.find("form").querySelectorAll("button")) button.disabled = reason !== "";
      this.say(reason);
    }
  }

  const kinds = {}; // a function that makes a figure work, for each class
  const starting = new Map(); // the promise of each figure

  function register(className, makeWork) {
    kinds[className] = makeWork;
  }

  // In the book, this script and those that a figure names are files in the same folder.
  const home = document.currentScript?.src;

  function load(file) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      script.async = false; // in the order of the calls
      script.src = new URL(file, home);
      document.head.append(script);
    });
  }

  async function loadAndMakeWork(figure) {
    try {
      // In a notebook, the output of the cell has all scripts.
      if (home) await Promise.all(figure.dataset.scripts.split(" ").map(load));
      const kind = Object.keys(kinds).find((name) => figure.classList.contains(name));
      if (!isAlive(figure)) kinds[kind](figure);
    } catch {
      figure.querySelector(".message").textContent = "The model could not be loaded.";
    }
  }

  function start(figure) {
    if (!starting.has(figure)) starting.set(figure, loadAndMakeWork(figure));
    return starting.get(figure);
  }

  const isAlive = (figure) => "alive" in figure.dataset;

  // A figure starts when it comes into view, or earlier when one of its buttons is pressed.
  const observer = new IntersectionObserver((entries) => {
    for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) start(target);
  });

  async function startBefore(event) {
    const [figure, button] = [event.currentTarget, event.target.closest("button")];
    if (!button || isAlive(figure)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await start(figure);
    if (isAlive(figure)) button.click();
  }

  for (const figure of document.querySelectorAll(".gluonbook-figure")) {
    observer.observe(figure);
    figure.addEventListener("click", startBefore, { capture: true });
  }

  globalThis.gluonbookFigures = { Figure, letterOf, load, register, visible };
})();
