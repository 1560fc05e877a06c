"""What is read out of a figure: changes of it that are noticed, and what is stored."""

import pytest
from matplotlib import pyplot as plt
from nbformat.v4 import new_output

from checks import comparing, figures


def draw(change=""):
    """Return the output of a cell that draws a figure of two panels, after a change."""
    fig, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2, 3], [10, 20, 15], label="network")
    left.plot([1, 3], label="table")
    left.set(xlabel="epoch", ylabel="perplexity", title="Training")
    left.legend()
    left.annotate("lowest", (1, 10), (2, 12), arrowprops={})
    left.text(1, 1, "beside")
    left.axvspan(1, 2)
    left.fill([1, 2, 2], [1, 1, 2])
    left.errorbar([1, 2], [3, 4], [0.5, 1])
    right.bar(["a", "b"], [2, 3], bottom=[0, 1])
    image = right.imshow([[1, 2], [3, 4]], extent=(0, 1, 0, 1))
    right.scatter([1, 2], [3, 4], c=[1, 2])
    right.set_xticks([0, 1], ["small", "large"])
    right.inset_axes([0, 0, 0.2, 0.2])
    fig.colorbar(image, label="bits")
    fig.suptitle("Two panels")
    exec(change)  # of fig, left or right
    fig.canvas.draw()
    output = new_output("display_data", metadata={"checks": figures.describe(fig)})
    plt.close(fig)
    return output


@pytest.fixture(scope="module")
def stored():
    return draw()


@pytest.mark.parametrize(
    "change",
    [
        "left.set(xlabel='perplexity', ylabel='epoch')",
        "left.set_title('more', loc='left')",
        "left.set_yscale('log')",
        "left.invert_yaxis()",
        "right.set_xticks([0, 1], ['large', 'small'])",
        "left.legend(['table', 'network'])",
        "left.legend().set_visible(False)",
        "left.texts[0].set_text('highest')",
        "left.texts[0].xy = (3, 15)",
        "left.texts[1].set_visible(False)",
        "left.lines[0].set_visible(False)",
        "left.lines[0].set_ydata([10, 20, 15.5])",
        "left.patches[0].set_x(1.5)",
        "left.patches[1].set_xy([[1, 1], [2, 1], [3, 2]])",
        "left.collections[0].set_segments([[(1, 2), (1, 3)]])",
        "right.patches[1].set(y=2, height=2)",  # the top stays where it is
        "right.images[0].set_data([[1, 2], [3, 5]])",
        "right.images[0].set_clim(0, 10)",
        "right.collections[0].set_offsets([[1, 2], [3, 5]])",
        "right.collections[0].set_array([1, 3])",
        "right.set_visible(False)",
        "right.axis('off')",
        "right.child_axes[0].set_ylabel('share')",
        "fig.axes[-1].set_ylabel('nats')",
        "fig.suptitle('Three panels')",
        "fig.legend(['one'])",
    ],
)
def test_a_change_of_a_figure_is_noticed(change, stored):
    assert [*comparing.differences([stored], [draw(change)], [], str, {})]


@pytest.mark.parametrize(
    "change", ["left.plot([], label='_later')", "left.lines[0].set_ydata([10.01, 20, 15])"]
)
def test_what_a_reader_cannot_see_may_change(change, stored):
    assert not [*comparing.differences([stored], [draw(change)], [], str, {})]


def test_show_displays_the_picture_with_its_alt_text_and_once(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **rest: shown.append((data, rest)))
    fig, axes = plt.subplots(figsize=(5, 2))
    axes.set_title("Nothing")
    figures.show(fig, "An empty figure.")
    ((data, rest),) = shown
    assert data["text/plain"] == "An empty figure." and not plt.get_fignums()
    about = rest["metadata"]
    assert about["image/png"] == {"alt": "An empty figure.", "width": 480, "height": 192}
    assert about["checks"]["texts"] == ["panel 1, title: Nothing"]
    with pytest.raises(ValueError, match="pass it as alt"):
        figures.show(fig, " ")


def test_rows_of_the_same_name_are_compared_each_and_a_row_without_numbers_is_a_text():
    rows = {"plotted": ["line, x: 1 2", "line, x: 3", "line, x: 4", "no: numbers"], "texts": ["a"]}
    numbers, texts = figures.read({"metadata": {"checks": rows}})
    assert {name: list(found) for name, found in numbers.items()} == {
        "line, x": [1, 2], "line, x #2": [3], "line, x #3": [4],
    }  # fmt: skip
    assert texts == "a\nno: numbers"
