// The figure "Train it here": a network learns a text in the browser, and then writes.

(() => {
  "use strict";

  const { gluonbookRNN, gluonbookTraining, gluonbookFigures } = globalThis;
  const { RNN, draw } = gluonbookRNN();
  const { Figure, Writer } = gluonbookFigures;
  const MOST_DIFFERENT = 300;
  const NUM_EPOCHS = 200; // a page that is left alone pauses after these
  const PREFIX_LENGTH = 18;
  const NUM_CHARS = 60; // written after each epoch
  const MEMORABLE = 60; // if so many characters occur twice, it is no chance

  // The program of the worker, from the functions in rnn.js and training.js: a page on a disk may not
  // read its files.
  const program = `onmessage = (${gluonbookTraining})((${gluonbookRNN})()).work`;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));

  const KEY = "text to train on"; // a pasted text outlives a reload

  const inWords = (number) => number.toLocaleString("en");

  // Return why a network cannot learn a text, or an empty string if it can.
  function reasonAgainst(numChars, numDifferent, least) {
    if (numChars < least) {
      return `The text has ${numChars} characters, but training needs at least ${inWords(least)}. Paste a longer text.`;
    }
    if (numDifferent > 1 && numDifferent <= MOST_DIFFERENT) return "";
    return `The number of different characters in the text is ${numDifferent}, but it must be from 2 to ${MOST_DIFFERENT}. Paste another text.`;
  }

  class TrainHere extends Figure {
    constructor(figure) {
      super(figure);
      this.least = Number(figure.dataset.least); // characters of a text
      this.most = Number(figure.dataset.most);
      this.find("form").addEventListener("submit", (event) => {
        event.preventDefault();
        if (this.worker) this.pause();
        else if (this.isOfTheForm()) this.train();
        else this.begin();
      });
      const { text } = this.fields;
      text.addEventListener("input", () => {
        this.readText();
        sessionStorage.setItem(KEY, text.value);
      });
      text.value = sessionStorage.getItem(KEY) ?? text.value;
      this.fields.units.addEventListener("change", () => this.nameButtons());
      this.readText();
    }

    // Turn the text into indices, as the chapter does, and split it for training and validation.
    readText() {
      const { text } = this.fields;
      const typed = text.value.replace(/\s/gu, " ");
      const numTyped = Array.from(typed).length;
      const chars = Array.from(typed.toLowerCase()).slice(0, this.most);
      const vocabulary = [...new Set(chars)].toSorted();
      const indices = Int32Array.from(chars, (char) => vocabulary.indexOf(char));
      const numTrain = Math.floor((2 * chars.length) / 3);
      const [learned, next] = [[0, numTrain], [numTrain, numTrain + MEMORABLE]].map((part) => chars.slice(...part).join(""));
      this.text = {
        string: chars.join(""),
        beginning: chars.slice(0, PREFIX_LENGTH).join(""),
        vocabulary,
        vocabSize: vocabulary.length,
        train: indices.slice(0, numTrain),
        validation: indices.slice(numTrain),
        batchSize: Math.min(32, Math.ceil(numTrain / 320)), // so about nine steps in an epoch
      };
      this.reason = reasonAgainst(chars.length, vocabulary.length, this.least);
      this.check(text, this.reason);
      this.nameButtons();
      if (this.reason) return;
      const said = [
        `${inWords(chars.length)} characters, ${vocabulary.length} of them different.`,
        numTyped > this.most && `The first ${inWords(this.most)} of ${inWords(numTyped)} characters are used.`,
        typed !== typed.toLowerCase() && "Capital letters are read as small letters.",
        `The network learns the first ${inWords(numTrain)}; the others are for validation.`,
        learned.includes(next) && "But these repeat what is learned, so they cannot show what the network makes of a new text.",
      ];
      this.say(said.filter(Boolean).join(" "));
    }

    // Tell whether the form still has the text and the number of units of the run.
    isOfTheForm() {
      const { run, text, fields } = this;
      return run?.text.string === text.string && run.numHiddens === Number(fields.units.value);
    }

    nameButtons() {
      const { start } = this.fields;
      const whilePaused = this.isOfTheForm() ? "Continue" : "Start";
      start.textContent = this.worker ? "Pause" : whilePaused;
      start.disabled = this.reason !== "" && !this.worker;
    }

    // Begin a run with what is in the form. Only now the last one is forgotten.
    begin() {
      this.stop();
      this.run = { text: this.text, numHiddens: Number(this.fields.units.value), epochs: [] };
      this.find(".trained").replaceChildren();
      this.train();
    }

    // Train after the last epoch of the run.
    train() {
      const { text, numHiddens, last } = this.run;
      this.worker = new Worker(address);
      this.worker.addEventListener("message", ({ data }) => this.receive(data));
      this.worker.addEventListener("error", () => {
        this.stop();
        this.say("The browser does not let this page train a network. Open the page as a file, or in another browser.");
      });
      // oxlint-disable-next-line require-post-message-target-origin -- a worker has none
      this.worker.postMessage({ ...text, numHiddens, parameters: last?.parameters });
      this.nameButtons();
      this.say("Training has begun.");
    }

    // End the worker at once. What it has computed since the last epoch is computed again later.
    stop() {
      this.worker?.terminate();
      this.worker = undefined;
      this.nameButtons();
    }

    receive(report) {
      const { run } = this;
      const { training, validation, baseline } = report;
      const epoch = run.epochs.push({ training, validation, baseline });
      run.last = { ...report, epoch };
      if (!(run.best?.validation <= validation)) run.best = run.last;
      this.show();
      if (epoch % NUM_EPOCHS === 0) this.pause();
      else if (Number.isInteger(Math.log2(epoch))) {
        // Less and less often, because a screen reader says it.
        this.say(`Epoch ${epoch}: training perplexity ${training.toFixed(2)}, validation perplexity ${validation.toFixed(2)}.`);
      }
    }

    // Let the writer use the model of the best epoch: early stopping, as in the chapter.
    pause() {
      this.stop();
      const { text, numHiddens, last, best } = this.run;
      if (!last) return this.say("Paused before the end of the first epoch.");
      const copy = this.find("template").content.cloneNode(true);
      const figure = copy.querySelector("figure");
      figure.querySelector("[name=prefix]").value = text.beginning;
      this.find(".trained").replaceChildren(copy);
      figure.writer = new Writer(figure, { ...text, ...best, numHiddens, activation: "tanh" });
      this.say(`Paused after epoch ${last.epoch}. The model below is that of epoch ${best.epoch}, which had the lowest validation perplexity, ${best.validation.toFixed(2)}.`);
    }

    show() {
      const { epochs, last } = this.run;
      const { epoch } = last;
      this.find(".run").hidden = false;
      const width = Math.max(20, epoch);
      const point = (value, i) => `${(100 * (i + 1)) / width},${100 - 50 * Math.log10(value)}`;
      for (const name of ["training", "validation", "baseline"]) {
        const points = epochs.map((each, i) => point(each[name], i));
        this.find(`polyline.${name}`).setAttribute("points", points.join(" "));
        this.find(`.value.${name}`).textContent = last[name].toFixed(2);
      }
      this.find(".width").textContent = width;
      this.find(".epoch").textContent = `epoch ${epoch}`;
      this.find(".best").textContent = this.continued(0);
      this.find(".drawn").textContent = this.continued(1);
    }

    // Return the beginning of the text and what the model of the last epoch writes after it.
    continued(temperature) {
      const { text, numHiddens, last } = this.run;
      const { train, vocabulary } = text;
      const model = new RNN(last.parameters, vocabulary.length, numHiddens, "tanh");
      const chars = [...train.subarray(0, PREFIX_LENGTH)];
      let state;
      for (const char of chars) state = model.step(char, state);
      for (let i = 0; i < NUM_CHARS; i++) {
        chars.push(draw(model.rank(state, temperature)));
        state = model.step(chars.at(-1), state);
      }
      return chars.map((char) => vocabulary[char]).join("");
    }
  }

  gluonbookFigures.register("train-here", (figure) => new TrainHere(figure));
})();
