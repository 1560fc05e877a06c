"""Compute logits, train or generate text with a peer; the benchmark and a test run this script.

``python run.py in_jax model.npz logits INDICES`` prints the logits after each character, ``train INDICES
NUM_EPOCHS`` each epoch's perplexity and seconds, and ``write INDICES NUM_CHARS`` a continuation of the text
and its seconds. INDICES is a text as a JSON list with one number per character; the output is in JSON, too.
"""

import importlib
import json
import sys
import time


def train(peer, model, indices, num_epochs):
    """Return the perplexity of each epoch, and how many seconds it took."""
    epochs, start = [], time.time()
    for _, perplexity in peer.train(model, indices, num_epochs):
        end = time.time()
        epochs.append((perplexity, end - start))
        start = end
    return epochs


def main(name, path, task, indices, number=0):
    peer = importlib.import_module(name)
    model, indices, number = peer.load(path), json.loads(indices), int(number)
    if task == "logits":
        print(json.dumps(peer.logits(model, indices).tolist()))
    elif task == "train":
        print(json.dumps(train(peer, model, indices, number)))
    elif task == "write":
        peer.write(model, indices, number)  # slower: graphs are recorded or compiled
        start = time.perf_counter()
        written = peer.write(model, indices, number)
        print(json.dumps((written, time.perf_counter() - start)))


if __name__ == "__main__":
    main(*sys.argv[1:])
