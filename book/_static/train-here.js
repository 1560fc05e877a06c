// The figure "Train it here": a network learns a text in the browser, and then writes.

// oxlint-disable consistent-function-scoping -- nothing is left in the scope of the page
(() => {
  "use strict";

  const { gluonbookRNN, gluonbookTraining, gluonbookWriter } = globalThis;
  const { RNN, rank, draw } = gluonbookRNN();
  const LEAST = 1000; // characters of a text
  const LONGEST = 15_000; // two thirds of it are the 10,000 characters that the chapter trains on
  const MOST_DIFFERENT = 300;
  const LAST_EPOCH = 200; // a page that is left alone stops here
  const PREFIX_LENGTH = 18;
  const NUM_CHARS = 60; // written after each epoch
  const HIGHEST = 100; // the perplexity at the upper edge of the plot

  // The program of the worker, from the functions in rnn.js and training.js: a page on a disk may not
  // read its files.
  const program = `onmessage = (${gluonbookTraining})((${gluonbookRNN})()).work`;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));

  const perplexity = (value) => value.toFixed(2);
  const number = (value) => value.toLocaleString("en");

  // Turn a text into indices, as the chapter does, and split it into a training and a validation text.
  function prepare(string) {
    const chars = Array.from(string.replace(/\s/gu, " ").toLowerCase());
    const vocabulary = [...new Set(chars)].toSorted((a, b) => a.codePointAt() - b.codePointAt());
    const index = new Map(vocabulary.map((char, idx) => [char, idx]));
    const indices = Int32Array.from(chars, (char) => index.get(char));
    const numTrain = Math.floor((2 * chars.length) / 3);
    const [train, validation] = [indices.slice(0, numTrain), indices.slice(numTrain)];
    return { chars, vocabulary, train, validation };
  }

  // Return why a network cannot learn a text, or an empty string if it can.
  function reasonAgainst({ chars, vocabulary }) {
    if (chars.length < LEAST) {
      return `The text has ${chars.length} characters, but training needs at least ${number(LEAST)}. Paste a longer text.`;
    }
    if (vocabulary.length < 2) {
      return "The text repeats a single character, so there is nothing to learn. Paste another text.";
    }
    if (vocabulary.length <= MOST_DIFFERENT) return "";
    return `The text has ${vocabulary.length} different characters, but at most ${MOST_DIFFERENT} are possible. Paste a text in an alphabet.`;
  }

  class TrainHere {
    constructor(figure) {
      this.figure = figure;
      const form = figure.querySelector("form");
      this.fields = form.elements;
      this.find("fieldset").disabled = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (this.worker) this.pause();
        else this.train();
      });
      this.fields.again.addEventListener("click", () => this.startAgain());
      this.fields.restore.addEventListener("click", () => this.restore());
      this.fields.text.addEventListener("input", () => this.readText());
      this.fields.units.addEventListener("change", () => this.forget());
      this.readText();
      this.say("");
    }

    find(selector) {
      return this.figure.querySelector(selector);
    }

    say(message) {
      this.find(".message").textContent = message;
    }

    // --- Actions of the reader

    readText() {
      this.forget();
      const { text } = this.fields;
      // A character may take two units of a string: the field has a limit of twice as many.
      const kept = Array.from(text.value.slice(0, 2 * LONGEST)).slice(0, LONGEST).join("");
      const given = text.value.length;
      if (kept.length < given) text.value = kept;
      this.text = prepare(kept);
      this.refusal = reasonAgainst(this.text);
      text.setAttribute("aria-invalid", String(this.refusal !== ""));
      const { chars, vocabulary, train } = this.text;
      const size = `${number(chars.length)} characters, ${vocabulary.length} of them different`;
      const cut = given > kept.length ? "The text was too long, so only its beginning is kept. " : "";
      const plan = `The network learns the first ${number(train.length)}; the others are for validation.`;
      this.say(this.refusal || `${cut}${size}. ${plan}`);
    }

    // Forget the last run, because it was another text or another network.
    forget() {
      this.stop();
      this.epochs = [];
      this.baseline = undefined;
      this.fields.start.textContent = "Start";
    }

    startAgain() {
      this.forget();
      this.train();
    }

    // Begin, or continue after the last epoch.
    train() {
      if (this.refusal) return this.say(this.refusal);
      if (this.epochs.length >= LAST_EPOCH) return this.say(`This run has had all of its ${LAST_EPOCH} epochs. Start again, or restore the best epoch.`);
      const { train, validation, vocabulary } = this.text;
      const begun = { epochs: this.epochs.length, time: performance.now() };
      this.numHiddens = Number(this.fields.units.value);
      this.worker = new Worker(address);
      this.worker.addEventListener("error", () => this.say("The program of the training stopped with an error."));
      this.worker.addEventListener("message", ({ data }) => this.receive(data, begun));
      const task = {
        train,
        validation,
        vocabSize: vocabulary.length,
        numHiddens: this.numHiddens,
        batchSize: Math.min(32, Math.ceil(train.length / 320)), // so about nine steps in an epoch
        parameters: this.epochs.at(-1)?.parameters,
        firstEpoch: this.epochs.length + 1,
        lastEpoch: LAST_EPOCH,
      };
      // oxlint-disable-next-line require-post-message-target-origin -- a worker has none
      this.worker.postMessage(task);
      this.fields.start.textContent = "Pause";
      this.fields.text.readOnly = true;
      this.say("Training has begun.");
    }

    // End the worker at once. What it has computed since the last epoch is computed again later.
    stop() {
      this.worker?.terminate();
      this.worker = null;
      this.fields.start.textContent = "Continue";
      this.fields.text.readOnly = false;
    }

    pause() {
      this.stop();
      if (this.epochs.length) this.handOver("Paused.");
      else this.say("Paused before the end of the first epoch.");
    }

    // Early stopping: return to the end of the epoch with the lowest validation perplexity.
    restore() {
      if (!this.best) return this.say("There is no epoch yet. Press Start first.");
      this.stop();
      this.epochs.length = this.best.epoch;
      this.show();
      this.handOver("The parameters of the best epoch are back.");
    }

    get best() {
      const better = (a, b) => (b.validation < a.validation ? b : a);
      return this.epochs.length ? this.epochs.reduce(better) : undefined;
    }

    // --- What the worker reports

    receive({ baseline, ...report }, begun) {
      this.baseline = baseline ?? this.baseline;
      if (baseline) return;
      const previous = this.epochs.at(-1);
      this.epochs.push(report);
      if (previous && previous !== this.best) delete previous.parameters; // to save memory
      const { epoch, numChars } = report;
      const speed = (epoch - begun.epochs) / ((performance.now() - begun.time) / 1000);
      this.find(".speed").textContent =
        `${speed.toFixed(1)} epochs and ${number(Math.round(speed * numChars))} characters a second`;
      this.show();
      if (epoch === LAST_EPOCH) {
        this.stop();
        this.handOver("Training has ended.");
      } else if (Number.isInteger(Math.log2(epoch))) {
        this.say(this.describe(report)); // less and less often
      }
    }

    describe({ epoch, training, validation }) {
      return `Epoch ${epoch}: training perplexity ${perplexity(training)}, validation perplexity ${perplexity(validation)}.`;
    }

    // --- Display

    show() {
      const last = this.epochs.at(-1);
      const most = Math.max(20, last.epoch);
      const point = ({ epoch }, value) =>
        `${(100 * epoch) / most} ${100 * (1 - Math.min(1, Math.log(value) / Math.log(HIGHEST)))}`;
      const plot = (name, points) => this.find(`path.${name}`).setAttribute("d", `M${points.join("L")}`);
      for (const name of ["training", "validation"]) {
        plot(name, this.epochs.map((each) => point(each, each[name])));
        this.find(`.value.${name}`).textContent = perplexity(last[name]);
      }
      plot("counting", [0, most].map((epoch) => point({ epoch }, this.baseline)));
      this.find(".value.counting").textContent = perplexity(this.baseline);
      this.find(".epoch").textContent = `epoch ${last.epoch}`;
      this.find(".most-epochs").textContent = most;
      this.showSamples(last.parameters);
    }

    showSamples(parameters) {
      const model = new RNN(parameters, this.text.vocabulary.length, this.numHiddens, "tanh");
      this.find(".best").textContent = this.continued(model, (ranked) => ranked[0].char);
      this.find(".drawn").textContent = this.continued(model, draw);
    }

    // Return the beginning of the text and what the model writes after it.
    continued(model, choose) {
      const chars = Array.from(this.text.train.slice(0, PREFIX_LENGTH));
      let state = chars.reduce((before, char) => model.step(before, char), model.firstState());
      for (let i = 0; i < NUM_CHARS; i++) {
        chars.push(choose(rank(model.logits(state), {})));
        state = model.step(state, chars.at(-1));
      }
      return chars.map((idx) => this.text.vocabulary[idx]).join("");
    }

    // Let the writer use the model of the last epoch.
    handOver(event) {
      const { vocabulary, chars } = this.text;
      const last = this.epochs.at(-1);
      const copy = this.find("template").content.cloneNode(true);
      const figure = copy.querySelector("figure");
      figure.querySelector("[name=prefix]").value = chars.slice(0, PREFIX_LENGTH).join("");
      this.find(".trained").replaceChildren(copy);
      figure.writer = new gluonbookWriter(figure, {
        vocabulary,
        names: { " ": "space" },
        activation: "tanh",
        numHiddens: this.numHiddens,
        parameters: last.parameters,
      });
      const advice = `The model below is the one after this epoch; epoch ${this.best.epoch} had the lowest validation perplexity.`;
      this.say(`${event} ${this.describe(last)} ${advice}`);
    }
  }

  globalThis.gluonbookTrainHere = TrainHere;
})();
