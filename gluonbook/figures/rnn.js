// The chapter's language model in JavaScript: a plain recurrent layer and an output layer. Both figures
// and the worker that trains a model use this file. A matrix is a flat array, one row after another.

// oxlint-disable consistent-function-scoping -- the worker gets all functions as one text
globalThis.gluonbookRNN = () => {
  "use strict";

  const ACTIVATIONS = { relu: (z) => Math.max(0, z), tanh: Math.tanh };

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
  // length.
  function multiply(A, numRows, B, length, product) {
    const numColumns = B.length / length;
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j < numColumns; j++) {
        let sum = 0;
        for (let k = 0; k < length; k++) sum += A[i * length + k] * B[j * length + k];
        product[i * numColumns + j] = sum;
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
      Object.assign(this, { vocabSize, numHiddens, numRows });
      Object.assign(this, partsOf(parameters, vocabSize, numHiddens));
      this.activation = ACTIVATIONS[activation];
      const size = numRows * numHiddens;
      // The state before the mini-batch, and the states after each of its steps.
      this.states = new Float64Array((numSteps + 1) * size);
      this.stateAt = Array.from({ length: numSteps + 1 }, (_, t) =>
        this.states.subarray(t * size, (t + 1) * size),
      );
      this.statesAfter = this.states.subarray(size);
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
            H[i] = activation(W_xh[input + unit] + H[i] + b_h[unit]);
          }
        }
      }
    }

    // Compute a score, called a logit, for every character that may follow each character just read.
    predict(numChars) {
      multiply(this.statesAfter, numChars, this.W_hqT, this.numHiddens, this.scores);
      for (let i = 0; i < numChars * this.vocabSize; i++) this.scores[i] += this.b_q[i % this.vocabSize];
    }

    // Turn the scores into probabilities; return the sum of the cross-entropies of the targets Y.
    softmaxLoss(Y) {
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

    // Return the state after one more character; without a state, it is the first character.
    step(char, state = new Float64Array(this.numHiddens)) {
      this.stateAt[0].set(state);
      this.read([char]);
      return this.statesAfter.slice();
    }

    // Return all characters that may follow a state, the most probable first, each with its probability
    // at a temperature. Close to temperature 0, and so at 0, the first has the probability 1.
    rank(state, temperature) {
      this.statesAfter.set(state);
      this.predict(1);
      const { scores } = this;
      const best = Math.max(...scores);
      const oddsOf = (score) => Math.exp((score - best) / Math.max(temperature, 1e-9));
      const total = scores.reduce((sum, score) => sum + oddsOf(score), 0);
      const ranked = Array.from(scores, (score, char) => ({ char, probability: oddsOf(score) / total }));
      return ranked.toSorted((a, b) => scores[b.char] - scores[a.char]);
    }
  }

  function draw(ranked) {
    let point = Math.random();
    const drawn = ranked.find(({ probability }) => (point -= probability) < 0);
    return (drawn ?? ranked[0]).char; // because of rounding, the sum may be less than 1
  }

  return { RNN, partsOf, multiply, transpose, draw };
};
