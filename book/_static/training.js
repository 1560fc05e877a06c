// The training loop of the section "A recurrent neural network from scratch", in JavaScript. In the
// figure "Train it here" it runs in a worker, a second thread of the browser.
//
// It computes what gb.train(gb.ScratchModel(num_hiddens, text.size), text) computes: a tanh layer with a
// single bias (Gluon's layer has two), adjacent sampling, backpropagation through 35 steps, clipping and
// gradient descent. Numbers have 64 bits, as in all JavaScript; MXNet's usual numbers have 32, and with
// steps this large, the difference in rounding can change a loss by 0.001 after ten epochs. A test
// compares the two in 64 bits. rnn.js contains the model and the products of matrices.

// oxlint-disable consistent-function-scoping -- the worker gets all functions as one text
globalThis.gluonbookTraining = (shared) => {
  "use strict";
  const { RNN, partsOf, multiply, transpose } = shared;

  const NUM_STEPS = 35;
  const LEARNING_RATE = 100;
  const CLIPPING_THETA = 0.01;

  // Cut a text into batchSize rows that lie one below the other, and return mini-batches of NUM_STEPS
  // columns. X has the characters and Y their successors, as in gb.data_iter_consecutive.
  function adjacentBatches(indices, batchSize) {
    const rowLength = Math.floor(indices.length / batchSize);
    const numBatches = Math.floor(Math.floor((indices.length - 1) / batchSize) / NUM_STEPS);
    const cut = (start) =>
      Int32Array.from({ length: batchSize * NUM_STEPS }, (_, i) => {
        const [step, row] = [Math.floor(i / batchSize), i % batchSize];
        return indices[row * rowLength + start + step];
      });
    const starts = Array.from({ length: numBatches }, (_, number) => number * NUM_STEPS);
    return starts.map((start) => ({ X: cut(start), Y: cut(start + 1) }));
  }

  // Draw weights from a normal distribution with standard deviation 0.01; biases are zero.
  function initialParameters(vocabSize, numHiddens) {
    const size = numHiddens * (2 * vocabSize + numHiddens + 1) + vocabSize;
    const parameters = new Float64Array(size);
    const { W_xh, W_hh, W_hq } = partsOf(parameters, vocabSize, numHiddens);
    for (const weights of [W_xh, W_hh, W_hq]) {
      for (let i = 0; i < weights.length; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - Math.random())); // the Box-Muller transform
        weights[i] = 0.01 * radius * Math.cos(2 * Math.PI * Math.random());
      }
    }
    return parameters;
  }

  class Trainer {
    constructor({ train, vocabSize, numHiddens, parameters, batchSize = 32 }) {
      this.parameters = parameters ?? initialParameters(vocabSize, numHiddens);
      this.model = new RNN(this.parameters, vocabSize, numHiddens, "tanh", batchSize, NUM_STEPS);
      this.batches = adjacentBatches(train, batchSize);
      this.gradient = new Float64Array(this.parameters.length);
      this.parts = partsOf(this.gradient, vocabSize, numHiddens);
      // Arrays for the backward pass: no step allocates any.
      const numChars = batchSize * NUM_STEPS;
      this.dH = new Float64Array(numChars * numHiddens);
      this.dAt = this.model.stateAt.map((state, t) =>
        this.dH.subarray(t * state.length, (t + 1) * state.length),
      );
      this.fromLater = new Float64Array(batchSize * numHiddens);
      this.dHT = new Float64Array(this.dH.length);
      this.dOT = new Float64Array(numChars * vocabSize);
      this.statesT = new Float64Array(this.dH.length);
      this.earlier = this.model.states.subarray(0, this.dH.length);
    }

    // Train for one epoch; return the mean loss of its mini-batches.
    epoch() {
      const { model, batches } = this;
      model.stateAt[0].fill(0);
      let sum = 0;
      for (const { X, Y } of batches) {
        sum += this.computeGradient(X, Y);
        this.clip();
        this.descend();
        // Carry the state over. Its gradient is cut, because the next backward pass stops here.
        model.stateAt[0].set(model.stateAt[NUM_STEPS]);
      }
      return sum / batches.length;
    }

    // Return the mean loss on a mini-batch, and store its gradient with respect to all parameters.
    computeGradient(X, Y) {
      const { model } = this;
      model.read(X);
      model.predict(X.length);
      const loss = model.softmaxLoss(Y) / X.length;
      this.backward(X, Y);
      return loss;
    }

    // Backpropagation through time: go back from the losses to the parameters.
    backward(X, Y) {
      const { model, parts, dH, dAt, fromLater } = this;
      const { numRows, numHiddens, vocabSize, statesAfter, scores: dO } = model;
      // The derivative of a loss with respect to the logits: the probabilities, minus 1 at the target.
      for (let n = 0; n < Y.length; n++) dO[n * vocabSize + Y[n]] -= 1;
      for (let i = 0; i < dO.length; i++) dO[i] /= Y.length;
      // Each state contributes to a prediction, and to the state after it.
      multiply(dO, Y.length, model.W_hq, vocabSize, dH);
      fromLater.fill(0);
      for (let t = NUM_STEPS - 1; t >= 0; t--) {
        const [H, dA] = [model.stateAt[t + 1], dAt[t]];
        // The derivative of the activation function, tanh, is 1 - tanh squared.
        for (let i = 0; i < dA.length; i++) dA[i] = (dA[i] + fromLater[i]) * (1 - H[i] * H[i]);
        multiply(dA, numRows, model.W_hh, numHiddens, fromLater);
      }
      // Sum over all steps and rows.
      transpose(dO, vocabSize, this.dOT);
      transpose(dH, numHiddens, this.dHT);
      transpose(statesAfter, numHiddens, this.statesT);
      multiply(this.statesT, numHiddens, this.dOT, Y.length, parts.W_hq);
      transpose(this.earlier, numHiddens, this.statesT);
      multiply(this.statesT, numHiddens, this.dHT, Y.length, parts.W_hh);
      parts.W_xh.fill(0);
      parts.b_h.fill(0);
      parts.b_q.fill(0);
      for (let i = 0; i < dO.length; i++) parts.b_q[i % vocabSize] += dO[i];
      for (let n = 0; n < X.length; n++) {
        for (let unit = 0; unit < numHiddens; unit++) {
          const derivative = dH[n * numHiddens + unit];
          parts.W_xh[X[n] * numHiddens + unit] += derivative;
          parts.b_h[unit] += derivative;
        }
      }
    }

    // Scale the gradients of all parameters together, so that their norm is at most clippingTheta.
    clip() {
      const { gradient } = this;
      let squares = 0;
      for (let i = 0; i < gradient.length; i++) squares += gradient[i] * gradient[i];
      const scale = Math.min(1, CLIPPING_THETA / Math.sqrt(squares));
      for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
    }

    descend() {
      const { parameters, gradient } = this;
      for (let i = 0; i < parameters.length; i++) parameters[i] -= LEARNING_RATE * gradient[i];
      this.model.update();
    }
  }

  // Return the perplexity on a text, which is read from its beginning to its end, as by
  // gb.evaluate_perplexity.
  function perplexityOn(indices, { parameters, vocabSize, numHiddens }) {
    const [X, Y] = [indices.subarray(0, -1), indices.subarray(1)];
    const reader = new RNN(parameters, vocabSize, numHiddens, "tanh", 1, Y.length);
    reader.read(X);
    reader.predict(Y.length);
    return Math.exp(reader.softmaxLoss(Y) / Y.length);
  }

  // --- A model that counts --------------------------------------------------------------

  const LONGEST = 8;
  const LENGTHS = [2, 3, 4, 5, 6, 7, 8]; // of the n-grams
  const WEIGHTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

  // Return the validation perplexity of the interpolated n-gram model, as gb.counting_baseline does:
  // first choose n with the middle weight, then the weight for that n.
  function countingBaseline(train, validation, vocabSize) {
    const shares = sharesOf(train, validation);
    const reached = (n, weight) => {
      const mix = (p, share) => weight * share + (1 - weight) * p;
      const losses = shares.map((each) => -Math.log(each.slice(0, n).reduce(mix, 1 / vocabSize)));
      return Math.exp(losses.reduce((a, b) => a + b) / losses.length);
    };
    const withMiddle = LENGTHS.map((n) => reached(n, 0.5));
    const n = LENGTHS[withMiddle.indexOf(Math.min(...withMiddle))];
    return Math.min(...WEIGHTS.map((weight) => reached(n, weight)));
  }

  // For each character of the validation text but the first, and for contexts of 0, 1, 2 ... characters
  // that the training text has, return how often the character followed the context there, as a share.
  function sharesOf(train, validation) {
    const [counts, totals] = [new Map(), new Map()];
    const add = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
    const [known, held] = [train, validation].map((part) => String.fromCharCode(...part));
    const contextsOf = (text, t) =>
      Array.from({ length: Math.min(LONGEST, t + 1) }, (_, length) => text.slice(t - length, t));
    for (let t = 0; t < known.length; t++) {
      for (const context of contextsOf(known, t)) {
        add(counts, context + known[t]);
        add(totals, context);
      }
    }
    return Array.from(held.slice(1), (char, place) =>
      contextsOf(held, place + 1)
        .filter((context) => totals.has(context))
        .map((context) => (counts.get(context + char) ?? 0) / totals.get(context)),
    );
  }

  // --- The worker -----------------------------------------------------------------------

  // Train until the page ends the worker, which takes effect at once; report each epoch, with the
  // parameters, from which the page can continue later.
  function work({ data }) {
    const baseline = countingBaseline(data.train, data.validation, data.vocabSize);
    const trainer = new Trainer(data);
    const { parameters } = trainer;
    for (;;) {
      const training = Math.exp(trainer.epoch());
      const validation = perplexityOn(data.validation, { ...data, parameters });
      postMessage({ training, validation, baseline, parameters });
    }
  }

  return { Trainer, perplexityOn, countingBaseline, work };
};
