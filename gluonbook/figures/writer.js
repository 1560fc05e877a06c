// Brings the figures to life in which a trained model writes.
//
// gluonbook/figures/writer.py makes a figure's markup and describes the model. This file reads and
// writes with that model, and draws what it computes.

(() => {
  "use strict";

  const NUM_CHARS = 200; // written after one press of the button
  const PAUSE = 40; // milliseconds between two of them
  const LONGEST = 2000; // characters: more than that is no figure any more
  const NUM_BARS = 10;
  const NUM_COLUMNS = 24; // characters whose hidden states are shown side by side
  const NUM_LEVELS = 6; // steps of colour on either side of zero

  // --- The model ------------------------------------------------------------------------

  const ACTIVATIONS = { relu: (x) => Math.max(0, x), tanh: Math.tanh };

  // A recurrent layer and an output layer, as gluonbook.RNNModel has them.
  class CharacterModel {
    constructor({ vocabulary, activation, numHiddens, weights }) {
      const bytes = Uint8Array.from(atob(weights), (char) => char.charCodeAt(0));
      const numbers = new Float32Array(bytes.buffer);
      let position = 0;
      const take = (length) => numbers.subarray(position, (position += length));
      this.vocabSize = vocabulary.length;
      this.numHiddens = numHiddens;
      this.activation = ACTIVATIONS[activation];
      this.inputWeights = take(numHiddens * this.vocabSize);
      this.stateWeights = take(numHiddens * numHiddens);
      this.bias = take(numHiddens);
      this.outputWeights = take(this.vocabSize * numHiddens);
      this.outputBias = take(this.vocabSize);
    }

    firstState() {
      return new Float32Array(this.numHiddens);
    }

    // The state after one more character. A one-hot input picks a column of its weights.
    step(state, char) {
      return state.map((_, unit) =>
        this.activation(
          this.inputWeights[unit * this.vocabSize + char] +
            product(this.stateWeights, unit, state) +
            this.bias[unit],
        ),
      );
    }

    // A score for each character that may come next.
    logits(state) {
      return this.outputBias.map((bias, char) => product(this.outputWeights, char, state) + bias);
    }
  }

  // One row of a matrix times a vector.
  function product(matrix, row, vector) {
    const first = row * vector.length;
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += matrix[first + i] * vector[i];
    return sum;
  }

  // --- The choice -----------------------------------------------------------------------

  // Every character, the most probable first, with its probability at a temperature, and
  // with its chance to be drawn: 0 if it is not among the k best, or outside the nucleus,
  // the fewest characters that together reach p.
  function rank(logits, { temperature, k, p }) {
    const probabilities = softmax(logits, temperature);
    const order = Array.from(probabilities.keys());
    order.sort((a, b) => probabilities[b] - probabilities[a] || logits[b] - logits[a]);
    let before = 0; // what all better characters have together
    let kept = 0;
    const ranked = order.map((char, place) => {
      const probability = probabilities[char];
      const isKept = place < k && (p === 1 || before < p);
      before += probability;
      if (isKept) kept += probability;
      return { char, probability, isKept };
    });
    for (const each of ranked) each.chance = each.isKept ? each.probability / kept : 0;
    return ranked;
  }

  // At temperature 0, the limit: the best character is certain.
  function softmax(logits, temperature) {
    const best = logits.reduce((a, b) => Math.max(a, b));
    if (temperature === 0) {
      const first = logits.indexOf(best);
      return Array.from(logits, (_, char) => (char === first ? 1 : 0));
    }
    const odds = Array.from(logits, (logit) => Math.exp((logit - best) / temperature));
    const total = odds.reduce((a, b) => a + b);
    return odds.map((odd) => odd / total);
  }

  function draw(ranked) {
    let point = Math.random();
    const drawn = ranked.find(({ chance }) => (point -= chance) < 0);
    return (drawn ?? ranked[0]).char; // rounding may leave a little over
  }

  // --- The text and the place in it -------------------------------------------------------

  // Characters, how many of them the model has read, and its state after each.
  class Reading {
    constructor(model) {
      this.model = model;
      this.chars = [];
      this.states = [model.firstState()];
      this.position = 0;
    }

    // Take another text. What it has in common with the present one is not read again.
    begin(chars) {
      const different = chars.findIndex((char, i) => char !== this.chars[i]);
      this.position = different < 0 ? chars.length : different;
      for (const char of chars.slice(this.position)) this.append(char);
      this.dropRest();
    }

    // Put a character in the place of all that comes after this position.
    append(char) {
      this.dropRest();
      this.chars.push(char);
      this.states.push(this.model.step(this.state, char));
      this.position += 1;
    }

    dropRest() {
      this.chars.length = this.position;
      this.states.length = this.position + 1;
    }

    get state() {
      return this.states[this.position];
    }

    // The character that comes next in the text, if the text goes on.
    get following() {
      return this.chars[this.position];
    }
  }

  // --- The figure -----------------------------------------------------------------------

  function visible(char) {
    return { " ": "\u2423", "\n": "\u21b5" }[char] ?? char;
  }

  function percent(share) {
    return `${(100 * share).toFixed(1)}\u00a0%`;
  }

  // The value with the strongest colour; hardly any unit goes beyond.
  function strongestColour(states) {
    const active = states.flatMap((state) => Array.from(state, Math.abs)).filter((value) => value > 0);
    active.sort((a, b) => a - b);
    return active.length ? Number(active[Math.floor(0.98 * (active.length - 1))].toPrecision(2)) : 1;
  }

  // Put copies of an element beside it, until there are so many.
  function repeat(element, number) {
    for (let i = 1; i < number; i++) element.after(element.cloneNode(true));
  }

  // A path of the colour of a level, from -NUM_LEVELS to NUM_LEVELS: see writer.css.
  function coloured(level) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", `${level > 0 ? "plus" : "minus"} level-${Math.abs(level)}`);
    path.dataset.level = level;
    return path;
  }

  class Writer {
    constructor(figure, description) {
      this.figure = figure;
      this.description = description;
      this.reading = new Reading(new CharacterModel(description));
      this.timer = null;
      const isSigned = description.activation === "tanh";
      this.levels = Array.from({ length: 2 * NUM_LEVELS + 1 }, (_, place) => place - NUM_LEVELS);
      this.levels = this.levels.filter((level) => level > 0 || (isSigned && level < 0));
      repeat(this.find(".bars li"), Math.min(NUM_BARS, description.vocabulary.length));
      repeat(this.find(".letters span"), NUM_COLUMNS);
      this.find(".units > svg").prepend(...this.levels.map(coloured));
      this.connect();
      this.begin();
      this.say("");
      figure.dataset.alive = "";
    }

    find(selector) {
      return this.figure.querySelector(selector);
    }

    findAll(selector) {
      return [...this.figure.querySelectorAll(selector)];
    }

    connect() {
      const form = this.find("form");
      this.fields = form.elements;
      this.find("fieldset").disabled = false;
      this.find(".no-script").hidden = true;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (this.timer === null) this.write();
        else this.stop();
      });
      const press = (name, action) => this.fields[name].addEventListener("click", action);
      press("back", () => this.back());
      press("next", () => this.next());
      press("reset", () => this.begin());
      this.fields.prefix.addEventListener("input", () => this.begin());
      for (const name of ["temperature", "k", "p"]) {
        this.fields[name].addEventListener("input", () => this.show());
      }
      this.buttons = this.findAll(".bars button");
      for (const [place, button] of this.buttons.entries()) {
        button.addEventListener("click", () => this.choose(this.ranked[place].char));
      }
    }

    get settings() {
      const number = (name) => Number(this.fields[name].value);
      return { temperature: number("temperature"), k: number("k"), p: number("p") };
    }

    charOf(idx) {
      return this.description.vocabulary[idx];
    }

    quoted(idx) {
      return `\u201c${visible(this.charOf(idx))}\u201d`;
    }

    // --- What the reader does

    // Read what is typed, unless the model cannot.
    begin() {
      const { vocabulary } = this.description;
      // A capital is read as a small letter only where the model does not know it.
      const typed = Array.from(this.fields.prefix.value, (char) =>
        vocabulary.includes(char) ? char : char.toLowerCase(),
      );
      this.refusal = this.reasonAgainst(typed);
      this.fields.prefix.setAttribute("aria-invalid", String(this.refusal !== ""));
      this.halt();
      this.say(this.refusal);
      if (this.refusal) return;
      const indices = typed.map((char) => vocabulary.indexOf(char));
      this.prefixLength = indices.length;
      this.reading.begin(indices);
      if (this.scale === undefined) this.setScale();
      this.show();
    }

    // Why the model cannot read some characters; nothing, if it can.
    reasonAgainst(typed) {
      const { vocabulary } = this.description;
      const unknown = [...new Set(typed)].filter((char) => !vocabulary.includes(char));
      if (!typed.length) return "The model needs at least one character to begin with.";
      if (!unknown.length) return "";
      const named = unknown.map((char) => `\u201c${char}\u201d`).join(", ");
      return `The model has never seen ${named}. It knows these: ${vocabulary.join("")}`;
    }

    // Say why nothing can be written now, if so: the old text is not what was typed, or the
    // text has come to its end.
    isStuck() {
      const isFull = this.reading.position >= LONGEST;
      const end = `The figure ends here, after ${LONGEST} characters. Go back, or reset it.`;
      if (this.refusal || isFull) this.say(this.refusal || end);
      return Boolean(this.refusal) || isFull;
    }

    back() {
      this.halt();
      if (this.refusal) return this.say(this.refusal);
      if (this.reading.position <= 1) return;
      this.reading.position -= 1;
      this.show();
      this.say(`Back, before ${this.quoted(this.reading.following)}. ${this.expectation()}`);
    }

    next() {
      this.halt();
      if (this.refusal) return this.say(this.refusal);
      if (this.reading.following === undefined) {
        this.choose(draw(this.ranked));
      } else {
        this.reading.position += 1;
        this.show();
        const read = this.reading.chars[this.reading.position - 1];
        this.say(`Read ${this.quoted(read)} again. ${this.expectation()}`);
      }
    }

    // Go on with a character, drawn or picked by the reader.
    choose(char) {
      this.halt();
      if (this.isStuck()) return;
      const { probability } = this.ranked.find((each) => each.char === char);
      this.reading.append(char);
      this.show();
      this.say(`Wrote ${this.quoted(char)}, which had ${percent(probability)}. ${this.expectation()}`);
    }

    expectation() {
      const [{ char, probability }] = this.ranked;
      return `Most probable now: ${this.quoted(char)}, ${percent(probability)}.`;
    }

    // Write many characters, one after the other, or all at once if nothing is to move.
    write() {
      if (this.isStuck()) return;
      const end = Math.min(this.reading.position + NUM_CHARS, LONGEST);
      const append = () => this.reading.append(draw(this.rank()));
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        while (this.reading.position < end) append();
        this.show();
        this.stop();
        return;
      }
      this.say("Writing \u2026");
      this.fields.write.textContent = "Stop";
      this.timer = setInterval(() => {
        append();
        this.show();
        if (this.reading.position >= end) this.stop();
      }, PAUSE);
    }

    stop() {
      this.halt();
      this.say(`Wrote ${this.reading.chars.length - this.prefixLength} characters.`);
    }

    // Stop without a word.
    halt() {
      clearInterval(this.timer);
      this.timer = null;
      this.fields.write.textContent = "Write";
    }

    // --- What the reader sees

    say(message) {
      this.find(".message").textContent = message;
    }

    rank() {
      return rank(this.reading.model.logits(this.reading.state), this.settings);
    }

    show() {
      this.ranked = this.rank();
      this.showSettings();
      this.showText();
      this.showBars();
      this.showUnits();
      this.fields.back.setAttribute("aria-disabled", String(this.reading.position <= 1));
    }

    showSettings() {
      const { temperature, k, p } = this.settings;
      const all = this.reading.model.vocabSize;
      const landmarks = { 0: "0, always the best", 1: "1, as trained" };
      this.name("temperature", landmarks[temperature] ?? temperature);
      this.name("k", k === all ? "all" : `the best ${k}`);
      this.name("p", p === 1 ? "all" : `up to ${percent(p)}`);
    }

    // Say what the value of a slider means, beside it and to a screen reader.
    name(field, value) {
      const input = this.fields[field];
      input.parentElement.querySelector(".value").textContent = value;
      input.setAttribute("aria-valuetext", value);
    }

    showText() {
      const { position, chars } = this.reading;
      const text = chars.map((idx) => this.charOf(idx)).join("");
      const last = position - 1;
      const fill = (selector, ...range) => {
        this.find(`.text ${selector}`).textContent = text.slice(...range);
      };
      fill(".prefix", 0, Math.min(this.prefixLength, last));
      fill(".written", this.prefixLength, Math.max(this.prefixLength, last));
      fill("mark", last, position);
      fill(".ahead", position);
      this.keepInSight(this.find("mark"), this.find(".text"));
    }

    // Scroll the box, and never the page.
    keepInSight(element, box) {
      const { offsetTop, offsetHeight } = element;
      const top = offsetTop - box.offsetTop;
      if (top < box.scrollTop) box.scrollTop = top;
      const hidden = top + offsetHeight - box.scrollTop - box.clientHeight;
      if (hidden > 0) box.scrollTop += hidden;
    }

    showBars() {
      const { following } = this.reading;
      for (const [place, button] of this.buttons.entries()) {
        const { char, probability, isKept } = this.ranked[place];
        const find = (selector) => button.querySelector(selector);
        find(".char").textContent = visible(this.charOf(char));
        find(".spoken").textContent = this.description.names[this.charOf(char)];
        find("rect").setAttribute("width", (100 * probability).toFixed(1));
        find(".share").textContent = isKept ? percent(probability) : "left out";
        find(".note").textContent = char === following ? "came next" : "";
        button.classList.toggle("left-out", !isKept);
        button.classList.toggle("came-next", char === following);
      }
      const others = this.ranked.slice(this.buttons.length);
      const together = others.reduce((sum, { probability }) => sum + probability, 0);
      this.find(".others").textContent =
        `${others.length} other characters together: ${percent(together)}`;
    }

    showUnits() {
      const { position, chars, states } = this.reading;
      const spans = this.findAll(".letters span");
      const first = Math.max(0, position - spans.length);
      const shown = chars.slice(first, position);
      for (const [column, span] of spans.entries()) {
        span.textContent = column in shown ? visible(this.charOf(shown[column])) : "";
        span.classList.toggle("current", column === shown.length - 1);
      }
      this.find(".units .current").setAttribute("x", shown.length - 1);
      this.showSquares(states.slice(first + 1, position + 1));
      this.find(".summary").textContent = this.summary();
    }

    // A path for each step of colour. An element for each unit would be thousands.
    showSquares(states) {
      const squares = new Map(this.levels.map((level) => [level, ""]));
      for (const [column, state] of states.entries()) {
        for (const [unit, value] of state.entries()) {
          const level = Math.round((value / this.scale) * NUM_LEVELS);
          const shown = Math.min(Math.max(level, -NUM_LEVELS), NUM_LEVELS);
          if (shown) squares.set(shown, `${squares.get(shown)}M${column} ${unit}h1`);
        }
      }
      for (const path of this.findAll(".units > svg path")) {
        path.setAttribute("d", squares.get(Number(path.dataset.level)));
      }
    }

    // Let the first text say which value has the strongest colour, and draw the key to the colours.
    setScale() {
      this.scale = strongestColour(this.reading.states);
      const isSigned = this.levels[0] < 0;
      this.find(".least").textContent = isSigned ? `\u2212${this.scale}` : "0";
      this.find(".most").textContent = `${this.scale} or more`;
      const key = this.find(".legend svg");
      const least = isSigned ? -NUM_LEVELS : 0;
      key.setAttribute("viewBox", `0 -0.5 ${NUM_LEVELS - least + 1} 1`);
      for (const level of this.levels) {
        key.append(coloured(level));
        key.lastChild.setAttribute("d", `M${level - least} 0h1`);
      }
    }

    summary() {
      const { state, chars, position } = this.reading;
      const strengths = state.map(Math.abs);
      const strongest = strengths.indexOf(strengths.reduce((a, b) => Math.max(a, b)));
      const active = strengths.filter((strength) => strength > 0).length;
      return (
        `After ${this.quoted(chars[position - 1])}, ${active} of ${state.length} units are not zero. ` +
        `The strongest is unit ${strongest}, at ${state[strongest].toFixed(2)}.`
      );
    }
  }

  // --- Models come when their figures do --------------------------------------------------

  // In the book this is a file of its own, and a model is another beside it. In a notebook
  // all stand in the cell's output. Either way a model puts itself into gluonbookModels.
  const home = document.currentScript?.src;
  const models = (window.gluonbookModels ??= {});

  function load(name) {
    return new Promise((resolve, reject) => {
      if (name in models) return resolve(models[name]);
      const script = document.createElement("script");
      script.src = new URL(`model-${name}.js`, home);
      script.addEventListener("load", () => resolve(models[name]));
      script.addEventListener("error", reject);
      document.head.append(script);
    });
  }

  async function start(figure) {
    try {
      figure.writer = new Writer(figure, await load(figure.dataset.model));
    } catch {
      figure.querySelector(".message").textContent = "The model could not be loaded.";
    }
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      start(target);
    }
  });

  function watch() {
    for (const figure of document.querySelectorAll(".gluonbook-writer:not([data-watched])")) {
      figure.dataset.watched = "";
      observer.observe(figure);
    }
  }

  watch();
  window.gluonbookWriter = { CharacterModel, rank };
})();
