"""Linear recurrences, computed as a scan, and the minimal GRU."""

from mxnet import nd
from mxnet.gluon import nn

from gluonbook.lesson.attention import positionwise


def scan(a, b, h):
    r"""Compute a linear recurrence for all steps in parallel.

    .. math:: h_t = a_t \odot h_{t-1} + b_t

    For :math:`T` steps, the computation takes about :math:`\log_2 T` rounds. Two consecutive steps can
    be combined into a single step of the same form, with the factor :math:`a_t a_{t-1}` and the addend
    :math:`a_t b_{t-1} + b_t`. The first round combines every step with the previous step. Later rounds
    combine each result with the result that ends 2, then 4, then 8 steps earlier, and so on.

    The factors `a`, the addends `b` and the result, the state after each step, have the shape
    ``(num_steps, batch_size, num_hiddens)``. The state before the first step, `h`, has the shape
    ``(1, batch_size, num_hiddens)``. See Hillis and Steele (1986), and Martin and Cundy (2018).
    """
    # The initial state becomes step 0, whose factor 0 ignores everything before it.
    a, b = nd.concat(nd.zeros_like(h), a, dim=0), nd.concat(h, b, dim=0)
    distance = 1
    while distance < len(b):
        later = a[distance:]
        b = nd.concat(b[:distance], later * b[:-distance] + b[distance:], dim=0)
        a = nd.concat(a[:distance], later * a[:-distance], dim=0)
        distance *= 2
    return b[1:]


class MinGRU(nn.HybridBlock):
    r"""A GRU whose gate and candidate depend only on the input, so that a scan can compute it.

    .. math::
        Z_t = \sigma(X_t W_{xz} + b_z), \qquad \tilde{H}_t = X_t W_{xh} + b_h, \qquad
        H_t = Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde{H}_t

    The layer has `size` hidden units. See Feng et al. (2024), section 3.1; their gate is one minus ours.
    """

    def __init__(self, size):
        super().__init__()
        self.size = size
        self.gate, self.candidate = positionwise(size), positionwise(size)

    def forward(self, X, H):
        """Map ``(batch_size, num_steps, num_inputs)`` to all states; also return the last state."""
        Z = nd.sigmoid(self.gate(X))  # (n, T, size)
        b = (1 - Z) * self.candidate(X)  # (n, T, size)
        # The scan runs along the first axis.
        states = scan(Z.swapaxes(0, 1), b.swapaxes(0, 1), H.expand_dims(0))  # (T, n, size)
        return states.swapaxes(0, 1), states[-1]

    def begin_state(self, batch_size, ctx=None):
        """Return a state of zeros, ``(batch_size, size)``."""
        return nd.zeros((batch_size, self.size), ctx=ctx)
