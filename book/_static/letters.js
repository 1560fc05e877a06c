// The figure "Letter by letter": what each letter of a page costs a model, or one model more than another.

(() => {
  "use strict";

  const { Figure, letterOf, register, visible } = globalThis.gluonbookFigures;
  const quoted = (char) => `\u201c${visible(char)}\u201d`;
  const MOST_BITS = 8; // have the strongest colour; in a difference, half as many
  const NUM_BEFORE = 12; // letters that are named before the one that is described

  class Letters extends Figure {
    constructor(figure) {
      super(figure);
      Object.assign(this, globalThis.gluonbookLetters); // string, models and the two that are shown
      this.addModels();
      this.page = this.find(".page");
      this.letters = Array.from(this.string, (char) => letterOf(char));
      this.page.replaceChildren(...this.letters);
      this.find("form").addEventListener("change", () => this.show());
      this.page.addEventListener("pointermove", ({ target }) => this.goTo(this.letters.indexOf(target)));
      this.page.addEventListener("keydown", (event) => this.move(event));
      this.place = 0;
      this.show();
    }

    addModels() {
      const { first, second } = this.fields;
      for (const [number, { name }] of this.models.entries()) {
        for (const menu of [first, second]) menu.add(new Option(name, number));
      }
      [first.value, second.value] = this.shown.map((best) =>
        this.models.findIndex(({ name }) => name === best),
      );
    }

    // The chosen models: one, or two that are compared.
    chosen() {
      const { first, second } = this.fields;
      return [first, second].map(({ value }) => this.models[value]).filter(Boolean);
    }

    // Colour the whole field of a letter by its cost, or one half of the field by a difference: the upper
    // half if the first model pays more, the lower half if the second model does.
    show() {
      const [first, second] = this.chosen();
      for (const [place, letter] of this.letters.entries()) {
        const more = first.bits[place] - (second?.bits[place] ?? 0);
        const share = Math.min(1, Math.abs(more) / (second ? MOST_BITS / 2 : MOST_BITS));
        letter.style.setProperty("--share", `${Math.round(100 * share)}%`);
        const half = more > 0 ? "upper" : "lower";
        letter.className = second ? half : "whole";
      }
      const mean = ({ name, bits }) =>
        `${name}: ${(bits.reduce((sum, each) => sum + each, 0) / bits.length).toFixed(2)} bits a letter`;
      this.find(".means").textContent = this.chosen().map(mean).join("; ");
      this.find(".key").hidden = !second;
      if (second) this.find(".key .first").textContent = first.name;
      if (second) this.find(".key .second").textContent = second.name;
      this.goTo(this.place);
    }

    // Describe a letter, if there is one at this place.
    goTo(place) {
      if (!(place in this.letters)) return;
      this.letters[this.place].removeAttribute("aria-current");
      this.letters[place].setAttribute("aria-current", "true");
      this.place = place;
      const before = this.string.slice(Math.max(0, place - NUM_BEFORE), place);
      const described = this.chosen().map(({ name, bits, guesses }) => {
        const expected = Array.from(guesses?.slice(3 * place, 3 * place + 3) ?? "", quoted).join(", ");
        const percent = (100 * 2 ** -bits[place]).toPrecision(2);
        const cost = `${name}: ${bits[place].toFixed(2)} bits (${Number(percent)}\u00a0%)`;
        return expected ? `${cost}, expected ${expected}.` : `${cost}.`;
      });
      const where = before ? `after \u201c${before}\u201d` : "at the beginning";
      this.say(`${quoted(this.string[place])} ${where}. ${described.join(" ")}`);
    }

    // Go where the arrows, Home and End lead in a text.
    move(event) {
      const { letters, place } = this;
      const tops = letters.map(({ offsetTop }) => offsetTop);
      const [first, last] = [tops.indexOf(tops[place]), tops.lastIndexOf(tops[place])];
      const distance = (other) => Math.abs(letters[other].offsetLeft - letters[place].offsetLeft);
      const nearestIn = (row) => {
        const places = [...tops.keys()].filter((other) => tops[other] === tops[row]);
        return places.toSorted((a, b) => distance(a) - distance(b))[0];
      };
      const places = {
        ArrowDown: nearestIn(last + 1),
        ArrowLeft: place - 1,
        ArrowRight: place + 1,
        ArrowUp: nearestIn(first - 1),
        End: last,
        Home: first,
      };
      if (!(event.key in places)) return;
      event.preventDefault();
      this.goTo(places[event.key]);
    }
  }

  register("letters", (figure) => new Letters(figure));
})();
