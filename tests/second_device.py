"""A GPU without a GPU: a notebook's kernel runs this file first if PYTHONSTARTUP names it.

Then `gluonbook.try_gpu` returns a second CPU device. MXNet gives an operator arrays of two CPU devices
together, because it can reach the memory of both. On a GPU this fails, so it is made to fail here.
"""


def pretend_to_have_a_gpu():
    """Replace the GPU with a second CPU device, and let no operator take arrays on two devices."""
    from gluonbook.lesson.models import mx  # gluonbook first: it lets MXNet run

    register = mx.ndarray.register
    invoke = register._imperative_invoke

    def invoke_on_one_device(operator, arrays, *settings):
        devices = {str(array.context) for array in arrays}
        if len(devices) > 1:
            raise ValueError(f"an operator got arrays on {' and '.join(sorted(devices))}")
        return invoke(operator, arrays, *settings)

    register._imperative_invoke = invoke_on_one_device
    mx.context.num_gpus = lambda: 1
    mx.gpu = lambda device_id=0: mx.cpu(1)


pretend_to_have_a_gpu()
