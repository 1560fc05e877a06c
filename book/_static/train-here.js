// The figure "Train it here": a network learns a text in the browser, and then writes.

(() => {
  "use strict";

  const { gluonbookRNN, gluonbookTraining, gluonbookFigures } = globalThis;
  const { RNN, draw } = gluonbookRNN();
  const { Figure, Writer } = gluonbookFigures;
  const LEAST = 1000; // characters of a text
  const MOST = 15_000; // two thirds of it are the 10,000 characters that the chapter trains on
  const MOST_DIFFERENT = 300;
  const NUM_EPOCHS = 200; // a page that is left alone pauses after these
  const PREFIX_LENGTH = 18;
  const NUM_CHARS = 60; // written after each epoch

  // The program of the worker, from the functions in rnn.js and training.js: a page on a disk may not
  // read its files.
  const program = `onmessage = (${gluonbookTraining})((${gluonbookRNN})()).work`;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));

  // Return why a network cannot learn a text, or an empty string if it can.
  function reasonAgainst(numChars, numDifferent) {
    if (numChars < LEAST) {
      return `The text has ${numChars} characters, but training needs at least ${LEAST}. Paste a longer text.`;
    }
    if (numDifferent > 1 && numDifferent <= MOST_DIFFERENT) return "";
    return `The number of different characters in the text is ${numDifferent}, but it must be from 2 to ${MOST_DIFFERENT}. Paste another text.`;
  }

  class TrainHere extends Figure {
    constructor(figure) {
      super(figure);
      this.find("form").addEventListener("submit", (event) => {
        event.preventDefault();
        if (event.submitter === this.fields.again) this.forget();
        if (this.worker) this.pause();
        else this.train();
      });
      this.fields.text.addEventListener("input", () => this.readText());
      this.fields.units.addEventListener("change", () => this.forget());
      this.readText();
    }

    // Turn the text into indices, as the chapter does, and split it for training and validation.
    readText() {
      this.forget();
      const { text } = this.fields;
      const string = text.value.slice(0, 2 * MOST); // a character takes at most two units of a string
      const chars = Array.from(string.replace(/\s/gu, " ").toLowerCase()).slice(0, MOST);
      const vocabulary = [...new Set(chars)].toSorted();
      const indices = Int32Array.from(chars, (char) => vocabulary.indexOf(char));
      const numTrain = Math.floor((2 * chars.length) / 3);
      this.text = {
        beginning: chars.slice(0, PREFIX_LENGTH).join(""),
        vocabulary,
        vocabSize: vocabulary.length,
        train: indices.slice(0, numTrain),
        validation: indices.slice(numTrain),
        batchSize: Math.min(32, Math.ceil(numTrain / 320)), // so about nine steps in an epoch
      };
      const reason = reasonAgainst(chars.length, vocabulary.length);
      this.check(text, reason);
      const size = `${chars.length} characters, ${vocabulary.length} of them different`;
      if (!reason) this.say(`${size}. The network learns the first ${numTrain}; the others are for validation.`);
    }

    // Forget the last run, because it was another text or another network.
    forget() {
      this.stop();
      this.epochs = [];
      this.best = this.last = undefined;
      this.find(".trained").replaceChildren();
      this.fields.start.textContent = "Start";
    }

    // Begin, or continue after the last epoch.
    train() {
      this.numHiddens = Number(this.fields.units.value);
      const { text, numHiddens, last } = this;
      this.worker = new Worker(address);
      this.worker.addEventListener("message", ({ data }) => this.receive(data));
      // oxlint-disable-next-line require-post-message-target-origin -- a worker has none
      this.worker.postMessage({ ...text, numHiddens, parameters: last?.parameters });
      this.fields.start.textContent = "Pause";
      this.say("Training has begun.");
    }

    // End the worker at once. What it has computed since the last epoch is computed again later.
    stop() {
      this.worker?.terminate();
      this.worker = undefined;
      this.fields.start.textContent = "Continue";
    }

    receive(report) {
      const { training, validation, baseline } = report;
      const epoch = this.epochs.push({ training, validation, baseline });
      this.last = { ...report, epoch };
      if (!(this.best?.validation <= validation)) this.best = this.last;
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
      if (!this.last) return this.say("Paused before the end of the first epoch.");
      const { text, numHiddens, last, best } = this;
      const copy = this.find("template").content.cloneNode(true);
      const figure = copy.querySelector("figure");
      figure.querySelector("[name=prefix]").value = text.beginning;
      this.find(".trained").replaceChildren(copy);
      figure.writer = new Writer(figure, { ...text, ...best, numHiddens, activation: "tanh" });
      this.say(`Paused after epoch ${last.epoch}. The model below is that of epoch ${best.epoch}, which had the lowest validation perplexity, ${best.validation.toFixed(2)}.`);
    }

    show() {
      const { epoch, seconds, numChars } = this.last;
      const width = Math.max(20, epoch);
      const point = (value, i) => `${(100 * (i + 1)) / width},${100 - 50 * Math.log10(value)}`;
      for (const name of ["training", "validation", "baseline"]) {
        const points = this.epochs.map((each, i) => point(each[name], i));
        this.find(`polyline.${name}`).setAttribute("points", points.join(" "));
        this.find(`.value.${name}`).textContent = this.last[name].toFixed(2);
      }
      this.find(".width").textContent = width;
      this.find(".epoch").textContent = `epoch ${epoch}`;
      this.find(".speed").textContent =
        `${(1 / seconds).toFixed(1)} epochs and ${Math.round(numChars / seconds)} characters a second`;
      this.find(".best").textContent = this.continued(0);
      this.find(".drawn").textContent = this.continued(1);
    }

    // Return the beginning of the text and what the model of the last epoch writes after it.
    continued(temperature) {
      const { train, vocabulary } = this.text;
      const model = new RNN(this.last.parameters, vocabulary.length, this.numHiddens, "tanh");
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

  gluonbookFigures.train = (figure) => new TrainHere(figure);
})();
