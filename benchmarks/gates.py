"""Measure the seconds that an epoch of training takes with a GRU and an LSTM, beside PyTorch."""

from benchmarks.beside import peers
from benchmarks.training import WAYS_OF_PEERS, compare


def main():
    ways = ["classic loop", "gluonbook, hybridized"]
    ways += [WAYS_OF_PEERS[name] for name in peers() if name == "in_pytorch"]
    title = "Seconds an epoch of training takes with gates"
    compare(title, [(way, kind) for kind in ("GRU", "LSTM") for way in ways])


if __name__ == "__main__":
    main()
