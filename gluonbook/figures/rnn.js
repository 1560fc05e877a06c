// The chapter's language model in JavaScript: a plain recurrent layer and an output layer. Both figures
// and the worker that trains a model use this file. A matrix is a flat array, one row after another.

// oxlint-disable consistent-function-scoping -- the worker gets all functions as one text
globalThis.gluonbookRNN = () => {
  "use strict";

  // Each activation function, and its derivative where its value is h.
  const ACTIVATIONS = {
    relu: { value: (z) => Math.max(0, z), slope: (h) => (h > 0 ? 1 : 0) },
    tanh: { value: Math.tanh, slope: (h) => 1 - h * h },
  };

  // Return a view of each parameter in an array of all of them, in the order of the chapter's get_params.
  function partsOf(parameters, vocabSize, numHiddens) {
    let position = 0;
    const take = (length) => parameters.subarray(position, (position += length));
    return {
      W_xh: take(vocabSize * numHiddens),
      W_hh: take(numHiddens * numHiddens),
      b_h: take(numHiddens),
      W_hq: take(numHiddens * vocabSize),
      b_q: take(vocabSize),
    };
  }

  // Store A times B transposed, for the first numRows rows of A and all rows of B, which have the same
  // length. Two rows of A meet two of B at a time, so that each number that is loaded is used twice.
  // A last row without a partner is its own partner.
  function multiply(A, numRows, B, length, product) {
    const numColumns = B.length / length;
    for (let i = 0; i < numRows; i += 2) {
      const i1 = Math.min(i + 1, numRows - 1);
      for (let j = 0; j < numColumns; j += 2) {
        const j1 = Math.min(j + 1, numColumns - 1);
        let s00 = 0;
        let s01 = 0;
        let s10 = 0;
        let s11 = 0;
        for (let k = 0; k < length; k++) {
          const a0 = A[i * length + k];
          const a1 = A[i1 * length + k];
          const b0 = B[j * length + k];
          const b1 = B[j1 * length + k];
          s00 += a0 * b0;
          s01 += a0 * b1;
          s10 += a1 * b0;
          s11 += a1 * b1;
        }
        product[i * numColumns + j] = s00;
        product[i * numColumns + j1] = s01;
        product[i1 * numColumns + j] = s10;
        product[i1 * numColumns + j1] = s11;
      }
    }
  }

  function transpose(A, numColumns, transposed) {
    const numRows = A.length / numColumns;
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j < numColumns; j++) transposed[j * numRows + i] = A[i * numColumns + j];
    }
  }

  class RNN {
    // All arrays are made here, for mini-batches of up to numSteps characters in each of numRows rows.
    constructor(parameters, vocabSize, numHiddens, activation, numRows = 1, numSteps = 1) {
      Object.assign(this, { parameters, vocabSize, numHiddens, numRows, numSteps });
      Object.assign(this, partsOf(parameters, vocabSize, numHiddens));
      this.activation = ACTIVATIONS[activation];
      const size = numRows * numHiddens;
      // The state before the mini-batch, and the states after each of its steps.
      this.states = new Float64Array((numSteps + 1) * size);
      this.stateAt = Array.from({ length: numSteps + 1 }, (_, t) =>
        this.states.subarray(t * size, (t + 1) * size),
      );
      this.later = this.states.subarray(size);
      this.scores = new Float64Array(numSteps * numRows * vocabSize);
      this.W_hhT = new Float64Array(this.W_hh.length);
      this.W_hqT = new Float64Array(this.W_hq.length);
      this.update();
    }

    // Call this method whenever the parameters have changed.
    update() {
      transpose(this.W_hh, this.numHiddens, this.W_hhT);
      transpose(this.W_hq, this.vocabSize, this.W_hqT);
    }

    // Read a mini-batch that begins with the state in stateAt[0]: the characters of all rows at the first
    // step, then those at the second. A one-hot vector would select a row of W_xh, so look up that row.
    read(X) {
      const { numRows, numHiddens, W_xh, b_h, stateAt, activation } = this;
      for (let t = 0; t < X.length / numRows; t++) {
        const H = stateAt[t + 1];
        multiply(stateAt[t], numRows, this.W_hhT, numHiddens, H);
        for (let row = 0; row < numRows; row++) {
          const input = X[t * numRows + row] * numHiddens;
          for (let unit = 0; unit < numHiddens; unit++) {
            const i = row * numHiddens + unit;
            H[i] = activation.value(W_xh[input + unit] + H[i] + b_h[unit]);
          }
        }
      }
    }

    // Compute a score, called a logit, for every character that may follow each character just read.
    predict(numChars) {
      multiply(this.later, numChars, this.W_hqT, this.numHiddens, this.scores);
      for (let i = 0; i < numChars * this.vocabSize; i++) this.scores[i] += this.b_q[i % this.vocabSize];
    }

    // Turn the scores into probabilities; return the sum of the cross-entropies of the targets Y.
    compare(Y) {
      const { scores, vocabSize } = this;
      let loss = 0;
      for (let n = 0; n < Y.length; n++) {
        const first = n * vocabSize;
        let best = -Infinity;
        for (let i = first; i < first + vocabSize; i++) best = Math.max(best, scores[i]);
        let sum = 0;
        for (let i = first; i < first + vocabSize; i++) sum += scores[i] = Math.exp(scores[i] - best);
        for (let i = first; i < first + vocabSize; i++) scores[i] /= sum;
        loss -= Math.log(scores[first + Y[n]]);
      }
      return loss;
    }

    firstState() {
      return new Float64Array(this.numHiddens);
    }

    // Return the state after one more character.
    step(state, char) {
      this.stateAt[0].set(state);
      this.read([char]);
      return this.later.slice();
    }

    // Return the logits in a state.
    logits(state) {
      this.later.set(state);
      this.predict(1);
      return this.scores.slice();
    }
  }

  // --- Sampling -------------------------------------------------------------------------

  // Return all characters, the most probable first, each with its probability at a temperature and its
  // chance of being drawn. The chance is 0 if the character is not among the k most probable ones, or
  // not in the nucleus, which is the smallest set of characters whose probabilities sum to p or more.
  function rank(logits, { temperature = 1, k = Infinity, p = 1 }) {
    const probabilities = softmax(logits, temperature);
    const order = Array.from(probabilities.keys());
    order.sort((a, b) => probabilities[b] - probabilities[a] || logits[b] - logits[a]);
    let before = 0; // the sum of all higher probabilities
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

  // Temperature 0 is the limit, in which the most probable character has probability 1.
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
    return (drawn ?? ranked[0]).char; // because of rounding, the chances may sum to less than 1
  }

  return { RNN, partsOf, multiply, transpose, rank, draw };
};
