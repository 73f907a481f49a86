"""The kinds of pictures, declared once: losscli plot, its help, the page and the data for other tools follow.

To add one is to add a file that declares `PICTURE`, and its name here.
"""

from __future__ import annotations

from importlib import import_module

from .drawing import Document, Drawing, Picture

# by name, in the order in which a page shows them: the module, and what the picture shows
_TABLE = {
    "difference": ("difference", "the paired difference with its interval, the margin and the verdict (compare)"),
    "group-differences": ("group_differences", "the paired difference of each group with its verdict (compare --by)"),
    "contributions": ("contributions", "what each group adds to a difference: its own change and that of mix (why)"),
    "groups": ("groups", "the loss of each group with its interval and its share (--by)"),
    "slices": ("slices", "how much worse than the rest the groups are that losscli slices found"),
    "sweep": ("sweep", "a loss along its parameter, with intervals (sweep)"),
    "ranking": ("ranking", "data sets from best to worst (batch, or several reports)"),
    "trend": ("trend", "a loss over several reports, in the order in which they are named"),
    "loss": ("loss_histogram", "how many rows cost how much, and what share of the loss they carry"),
    "concentration": ("concentration", "what share of the rows carries what share of the loss"),
    "calibration": ("calibration", "how often what was predicted came true"),
    "residuals": ("residuals", "predictions against residuals, as counts in cells"),
    "confusion": ("confusion", "which class is taken for which, by its share of the loss"),
    "profile": ("loss_profile", "the loss along the rows of the files, beside that of a constant (inspect)"),
    "values": ("inspected_values", "what values the files hold (inspect)"),
    "conventions": ("conventions", "the value under every convention, and the number looked for (reconcile)"),
}
NAMES = tuple(_TABLE)
_OF_DATA = ("calibration", "residuals")  # pictures of predictions and labels, whatever the loss is
HELP = {name: says for name, (_, says) in _TABLE.items()}


def picture(name: str) -> Picture:
    """The picture of this name."""
    made = import_module(f".{_TABLE[name][0]}", __package__).PICTURE
    assert isinstance(made, Picture)
    return made


def drawings_of(document: Document) -> list[Drawing]:
    """All pictures of one document, in the order of a page; losses of the same data share those of the data."""
    command = document.get("command")
    chosen = [each for each in map(picture, NAMES) if command in each.commands and each.name != "trend"]
    every = [drawing for each in chosen for drawing in each.drawings([("", document)])]
    first: dict[tuple[str, str], Drawing] = {}
    for drawing in every:
        same = repr(drawing.rows) if drawing.kind in _OF_DATA else drawing.title + drawing.words
        first.setdefault((drawing.kind, same), drawing)
    return list(first.values())
