"""Each of our losses under the laws of `losscli.testing`, and each law under losses that break it."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Annotated, Any

import draw
import numpy as np
import pytest

import losscli
from losscli.core import registry
from losscli.core.errors import DataProblem
from losscli.declare import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Interval, Paper, Param, Rows
from losscli.declare import loss as declare
from losscli.testing import check_loss
from losscli.testing.accuracy import Accuracy
from losscli.testing.drawing.drawn import Drawn
from losscli.testing.laws import LAWS, Subject

# what the tests of formulas, cases and parameters hold our losses to in single pieces
ELSEWHERE = {"kernel is the formula", "has right examples", "refuses what is outside"}


@pytest.mark.parametrize("most", [40, pytest.param(sys.maxsize, id="all", marks=pytest.mark.slow)])
@pytest.mark.parametrize("law", sorted(LAWS.keys() - ELSEWHERE))
@pytest.mark.parametrize("name", draw.every_loss())
def test_a_loss_keeps_the_law(name: str, law: str, most: int) -> None:
    """All blocks that are drawn are slow; up to 40, of each kind of predictions and labels, are not."""
    loss = registry.find(name)
    subject = Subject(loss, some_of_each(draw.draws(loss), most), draw.hints_of(loss), Accuracy(), 4)
    assert list(LAWS[law](subject)) == []


def some_of_each(blocks: list[Drawn], most: int) -> list[Drawn]:
    """Blocks of each kind of predictions and form of labels in turn, up to so many."""
    of_each: dict[tuple[str, str], list[Drawn]] = {}
    for block in blocks:
        of_each.setdefault((block.kind, block.form), []).append(block)
    in_turn = [block for turn in itertools.zip_longest(*of_each.values()) for block in turn if block is not None]
    return in_turn[:most]


# -- what the laws tell of losses that break them ---------------------------------------------------------


def absolute(pred: Any, label: Any, *, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The absolute error, times a factor."""
    return np.abs(pred - label) * scale


def made(kernel: Callable[..., Any] = absolute, *, formula: Any = None, cases: Any = None, **declaration: Any) -> Any:
    """A sound loss, but for what is given."""
    usual: dict[str, Any] = {
        "pred": ("values",), "label": ("values",), "formula": "|e|", "source": Paper("a test"),
        "facts": {NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    }  # fmt: skip
    loss = declare("made_for_a_test", **{**usual, **declaration})(kernel)
    if formula is not False:
        loss.formula(formula or (lambda m, pred, label, scale: abs(pred - label) * scale))
    for pred, label, expect in cases if cases is not None else [([1.0], [3.0], 2.0), ([0.5], [0.5], "0")]:
        loss.case(pred=pred, label=label, expect=expect)
    return loss


def silent(pred: Any, label: Any, *, scale: Annotated[float, Param("", Interval(1, 2))] = 1.0) -> Any:
    return np.abs(pred - label) * scale


def centred(pred: Any, label: Any, *, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The error less the mean error of the block, which is no loss of a row."""
    with np.errstate(all="ignore"):
        return np.abs(pred - label) * scale + np.nan_to_num(pred).flat[0]


def single(pred: Any, label: Any, *, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The absolute error in float32."""
    with np.errstate(all="ignore"):
        return np.abs(pred.astype(np.float32) - label).astype(np.float32) * np.float32(scale)


def signed(pred: Any, label: Any, *, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The error."""
    return (pred - label) * scale


def offset(pred: Any, label: Any, *, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The absolute error and 1."""
    return np.abs(pred - label) * scale + 1.0


def unweighted(pred: Any, label: Any, *, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The absolute error, of rows that count more the more of them there are."""
    return Rows((np.abs(pred - label) * scale,), mass=np.full(len(pred), float(len(pred))))


def picky(pred: Any, label: Any, *, form: str, scale: Annotated[float, Param("a factor", Interval(1, 2))] = 1.0) -> Any:
    """The absolute error, of values alone."""
    if form == "index":
        raise DataProblem("Not these.")
    return np.abs(pred - label) * scale


def test_a_loss_that_raises_is_told_so() -> None:
    with pytest.raises(AssertionError, match="made_for_a_test raises ValueError on data that it declares to take: op"):
        check_loss(made(label=("values", "index")))


def test_a_sound_loss_passes() -> None:
    assert check_loss(made()) == tuple(LAWS)
    assert check_loss(losscli.loss("poisson_deviance")) == tuple(LAWS)


@pytest.mark.parametrize(
    ("loss", "law", "words"),
    [
        (made(silent), "says what it is", "no docstring"),
        (made(silent), "says what it is", "its parameter scale says not what it means"),
        (made(source=Paper("")), "says what it is", "names no source"),
        (made(cases=[([1.0], [3.0], 2.0)]), "has right examples", "it has 1 examples"),
        (made(cases=[([1.0], [3.0], 2.5), ([1.0], [1.0], 0.0)]), "has right examples", "is 2.0, expected 2.5"),
        (made(formula=False), "kernel is the formula", "no .formula"),
        (made(formula=lambda m, pred, label, scale: abs(pred - label)), "kernel is the formula", "scale=2"),
        (made(single, facts=()), "kernel is the formula", "ulp"),
        (made(centred, facts=()), "rows are a sum", "in another order"),
        (made(unweighted, facts=()), "rows are a sum", "the rows or weights of two parts"),
        (made(signed, facts={NONNEGATIVE}), "keeps its facts", "it declares 'nonnegative', but row"),
        (made(signed, facts={SYMMETRIC}), "keeps its facts", "with predictions and labels exchanged"),
        (made(offset, facts={ZERO_AT_PERFECT}), "keeps its facts", "says its label exactly, and costs 1.0"),
        (made(facts={"harmless"}), "keeps its facts", "there is no fact 'harmless'"),
        (made(picky, label=("values", "index")), "can be tried", "refuses all labels of index"),
    ],
)
def test_a_loss_that_breaks_a_law_is_told_so(loss: Any, law: str, words: str) -> None:
    with pytest.raises(AssertionError, match="made_for_a_test breaks laws of losses:\n- ") as caught:
        check_loss(loss)
    lines = [line for line in str(caught.value).split("\n- ") if line.startswith(f"{law}: ")]
    assert any(words in line for line in lines), str(caught.value)


def test_what_check_loss_cannot_check(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(losscli.UsageProblem, match="takes a loss, got str"):
        check_loss("mse")  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(losscli.UsageProblem, match=r"mpmath is not installed. Run pip install 'losscli\[testing\]'"):
        check_loss(losscli.loss("mse"))
