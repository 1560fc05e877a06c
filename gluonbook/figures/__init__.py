"""Plots, figures with a slider, and a model that writes in the page.

A program brings an interactive figure to life; a still picture takes its place where none runs.
"""

# Until a notebook has been run, JupyterLab applies no style and runs no program that comes with
# an output, and GitHub never does. There the page stays as it is, and the still picture is seen
# in place of the figure.
EXCHANGE = """\
<style>
.gluonbook-living { display: block !important; }
.gluonbook-still { display: none; }
</style>
"""


def as_page(figure: str, still: str, style: str, programs: str) -> str:
    """Return the HTML of an output with a figure that a program brings to life.

    `figure` is what there is before the program runs, and `still` is seen in its place where neither
    style nor program is allowed. `style` is a style sheet, and `programs` are elements.
    """
    return (
        f'<div class="gluonbook-living" hidden="hidden">\n{figure}</div>\n'
        f'<div class="gluonbook-still">\n{still}\n</div>\n'
        f"{EXCHANGE}<style>\n{style}</style>\n{programs}"
    )
