"""Time a version of the model in this process: ``python run.py in_pytorch model.npz NUM_EPOCHS NUM_CHARS``.

It reads a text as a JSON list with one number per character, and prints the seconds of each epoch of
training and the number of characters written in a second, in JSON, too.
"""

import importlib
import json
import sys
import time


def seconds_per_epoch(peer, path, indices, num_epochs):
    """Return how many seconds each epoch took."""
    seconds, start = [], time.perf_counter()
    for _ in peer.train(peer.load(path), indices, num_epochs):
        end = time.perf_counter()
        seconds.append(end - start)
        start = end
    return seconds[1:]  # the first epoch is slower


def chars_per_second(peer, path, prefix, num_chars):
    """Return how many characters a model writes in a second."""
    model = peer.load(path)
    peer.write(model, prefix, num_chars)  # slower: a graph is recorded
    start = time.perf_counter()
    peer.write(model, prefix, num_chars)
    return num_chars / (time.perf_counter() - start)


def main(name, path, num_epochs, num_chars):
    peer, indices = importlib.import_module(name), json.load(sys.stdin)
    seconds = []
    if hasattr(peer, "train"):  # the version in NumPy only writes
        seconds = seconds_per_epoch(peer, path, indices, int(num_epochs))
    print(json.dumps((seconds, chars_per_second(peer, path, indices[:10], int(num_chars)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
