"""See whether MXNet runs on this machine: ``python -m tools.product`` multiplies two matrices.

On Arm the product is one of OpenBLAS, with which the environment has linked MXNet.
"""

import gluonbook  # before mxnet  # noqa: F401, I001
from mxnet import nd

NUM_ROWS, NUM_COLUMNS = 35, 64


def main() -> None:
    """Compare a product with the one that Python finds; all its numbers are whole, so it is exact."""
    rows = [[(NUM_COLUMNS * i + k) % 7 for k in range(NUM_COLUMNS)] for i in range(NUM_ROWS)]
    wanted = [[sum(x * y for x, y in zip(r, s, strict=True)) for s in rows] for r in rows]
    a = nd.array(rows)
    if nd.dot(a, a.T).asnumpy().tolist() != wanted:
        raise SystemExit("MXNet multiplies matrices wrongly on this machine.")


if __name__ == "__main__":
    main()
