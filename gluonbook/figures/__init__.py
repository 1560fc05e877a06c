"""Plots, figures with a slider, and a model that generates text on the page.

Interactive figures need JavaScript. Where it cannot run, a still picture takes their place.
"""

# Until a notebook has been run, JupyterLab ignores the style sheets and the JavaScript of its outputs,
# and GitHub always ignores them. In both cases readers see the still picture instead of the figure.
EXCHANGE = """\
<style>
.gluonbook-living { display: block !important; }
.gluonbook-still { display: none; }
</style>
"""


def as_page(figure: str, still: str, style: str, programs: str) -> str:
    """Return the HTML of an output with a figure that JavaScript makes interactive.

    `figure` is the HTML of the figure before its JavaScript runs. Where neither style sheets nor
    JavaScript are allowed, `still` is shown instead. `style` is the text of a style sheet, and
    `programs` consists of ``script`` elements.
    """
    return (
        f'<div class="gluonbook-living" hidden="hidden">\n{figure}</div>\n'
        f'<div class="gluonbook-still">\n{still}\n</div>\n'
        f"{EXCHANGE}<style>\n{style}</style>\n{programs}"
    )
