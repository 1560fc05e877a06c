// The figure "Guess the next letter": readers guess letters, and their dots join the curves of the models.

(() => {
  "use strict";

  const { Figure, register } = globalThis.gluonbookFigures;
  const ALPHABET = "abcdefghijklmnopqrstuvwxyz ";
  const NUM_LETTERS = 20; // in a round
  // How far apart the letters of a round are, by the number of letters that are seen: with three, each place
  // is a new one; with a hundred, one reads on.
  const STEPS = { 3: 61, 100: 5 };
  const NUM_DRAWS = 2000; // of the bootstrap
  const NUM_NAMED = 12; // letters before the one to guess, as a screen reader hears them

  // Return the bounds of the entropy, in bits, that Shannon (1951) computes from the number of guesses that
  // each letter needed: q_i is the share of letters that needed i.
  function bounds(numbers) {
    const q = Array.from({ length: ALPHABET.length + 2 }, () => 0);
    for (const number of numbers) q[number] += 1 / numbers.length;
    let [lower, upper] = [0, 0];
    for (let i = 1; i <= ALPHABET.length; i++) {
      lower += i * (q[i] - q[i + 1]) * Math.log2(i);
      if (q[i]) upper -= q[i] * Math.log2(q[i]);
    }
    return { lower, upper };
  }

  // Return a range for both bounds, by the bootstrap. Few letters have too little variety: the upper bound of
  // a draw lies below that of the letters, as that of the letters lies below the true one. So the range is
  // the mirror image of that of the draws (the *basic* bootstrap).
  function range(numbers) {
    const found = bounds(numbers);
    const drawn = Array.from({ length: NUM_DRAWS }, () =>
      bounds(numbers.map(() => numbers[Math.floor(Math.random() * numbers.length)])),
    );
    const ends = ["lower", "upper"].flatMap((name) => {
      const sorted = drawn.map((each) => each[name]).toSorted((a, b) => a - b);
      return [0.025, 0.975].map((share) => 2 * found[name] - sorted[Math.floor(share * NUM_DRAWS)]);
    });
    return [Math.max(0, Math.min(...ends)), Math.min(Math.log2(ALPHABET.length), Math.max(...ends))];
  }

  const visible = (letters) => letters.replaceAll(" ", "\u2423");
  const named = (letter) => (letter === " " ? "the space" : letter);

  class Guess extends Figure {
    constructor(figure) {
      super(figure);
      this.passage = figure.dataset.passage;
      this.numbers = { 3: [], 100: [] }; // of guesses, for each letter
      this.left = 0; // letters of this round
      const { letter } = this.fields;
      this.keys = Array.from(ALPHABET, (char) => this.key(char));
      this.find(".keys").replaceChildren(...this.keys);
      this.find("form").addEventListener("submit", (event) => {
        event.preventDefault();
        if (!this.left) this.begin();
      });
      letter.addEventListener("input", () => {
        const typed = letter.value.toLowerCase().at(-1);
        letter.value = "";
        if (typed) this.guess(typed);
      });
      this.end();
      this.say("Which letter comes next? Guess until you are right.");
    }

    key(char) {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.textContent = visible(char);
      if (char === " ") button.ariaLabel = "space";
      button.addEventListener("click", () => this.guess(char));
      return button;
    }

    begin() {
      this.seen = this.next;
      this.left = NUM_LETTERS;
      const room = this.passage.length - this.seen - NUM_LETTERS * STEPS[this.seen];
      this.place = this.seen + Math.floor(Math.random() * room);
      this.say(this.ask());
      // On a phone, the field would bring up its keyboard.
      const hasKeyboard = matchMedia("(hover: hover)").matches;
      (hasKeyboard ? this.fields.letter : this.keys[0]).focus();
    }

    // Show what comes before the next letter, and return the question.
    ask() {
      this.tried = new Set();
      for (const key of this.keys) key.ariaDisabled = "false";
      const before = this.passage.slice(this.place - this.seen, this.place);
      this.find(".seen").textContent = this.seen > NUM_NAMED ? before : visible(before);
      this.fields.play.disabled = true;
      this.fields.play.textContent = `Letter ${NUM_LETTERS + 1 - this.left} of ${NUM_LETTERS}`;
      return `What follows \u201c${visible(before.slice(-NUM_NAMED))}\u201d?`;
    }

    guess(letter) {
      if (!this.left) return;
      if (!ALPHABET.includes(letter)) return this.say("Guess a letter from a to z, or a space.");
      if (this.tried.has(letter)) return this.say(`You have tried ${named(letter)} already.`);
      this.tried.add(letter);
      this.keys[ALPHABET.indexOf(letter)].ariaDisabled = "true";
      if (letter !== this.passage[this.place]) return this.say(`Not ${named(letter)}.`);
      this.numbers[this.seen].push(this.tried.size);
      this.left -= 1;
      this.place += STEPS[this.seen];
      const praise = `Yes, ${named(letter)}, with guess ${this.tried.size}.`;
      this.say(`${praise} ${this.left ? this.ask() : this.show()}`);
      if (!this.left) this.end();
    }

    // Draw the reader's bounds after a round, and return them in words.
    show() {
      const numbers = this.numbers[this.seen];
      const { lower, upper } = bounds(numbers);
      const [low, high] = range(numbers);
      const y = (bits) => 100 - 20 * bits;
      const mark = this.find(`.you-${this.seen}`);
      mark.querySelector(".range").setAttribute("d", `M0 ${y(low)}V${y(high)}`);
      mark.querySelector(".bounds").setAttribute("d", `M0 ${y(lower)}h0M0 ${y(upper)}h0`);
      const [a, b, c, d] = [lower, upper, low, high].map((bits) => bits.toFixed(1));
      const found = `bounds of ${a} and ${b} bits; ${numbers.length} letters are few, so perhaps ${c} to ${d}`;
      this.find(`.result-${this.seen}`).textContent = found;
      return `You, with ${this.seen} letters seen: ${found}.`;
    }

    // Offer the round for which the reader has guessed fewer letters.
    end() {
      this.next = this.numbers[100].length < this.numbers[3].length ? 100 : 3;
      const inWords = { 3: "three", 100: "a hundred" }[this.next];
      this.fields.play.disabled = false;
      this.fields.play.textContent = `Guess ${NUM_LETTERS} letters, with ${inWords} seen`;
    }
  }

  globalThis.gluonbookGuessing = { bounds, range };
  register("guess", (figure) => new Guess(figure));
})();
