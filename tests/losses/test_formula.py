"""Every kernel against its formula at 50 digits: each kind, form, shape and parameter, in units in the last place."""

from __future__ import annotations

import json
import sys

import draw
import kernel_bounds
import pytest
from conftest import ROOT
from draw import Drawn
from formula_bounds import BOUNDS

from losscli.core import registry
from losscli.testing.accuracy import ULPS
from losscli.testing.accuracy import Accuracy as Bound
from losscli.testing.formula import compared


def drawn_of(name: str) -> list[Drawn]:
    """All blocks of a loss, which nothing here changes."""
    return draw.draws(registry.find(name))


COMBINATIONS = [(name, *pair) for name in draw.every_loss() for pair in draw.combinations(registry.find(name))]


@pytest.mark.parametrize("most", [1, pytest.param(sys.maxsize, id="all", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("name", "kind", "form"), COMBINATIONS)
def test_kernel_is_the_formula(name: str, kind: str, form: str, most: int) -> None:
    """All rows of all blocks are slow; a row of every block is not."""
    blocks = [drawn for drawn in drawn_of(name) if (drawn.kind, drawn.form) == (kind, form)]
    if not blocks:
        pytest.skip("the loss does not take these together")
    rows = compared(blocks, most, BOUNDS.get(name, Bound()))
    if (name, form) in draw.NOT_ROW_WISE:  # only rows that are left out have a value, 0
        assert all(each.want == 0 for each in rows)
    else:
        assert rows
    wrong = sorted((each for each in rows if each.wrong), key=lambda each: -each.ulps)
    worst = "\n".join(map(str, wrong[:6]))
    assert not wrong, f"{len(wrong)} of {len(rows)} rows are too far off:\n{worst}"


def test_every_loss_has_its_measured_bound_in_the_docs() -> None:
    """What `tests/kernel_bounds.py` measured, of every loss, is within the bound that the tests hold it to."""
    entries = json.loads(kernel_bounds.MEASURED.read_text(encoding="utf-8"))
    assert list(entries) == sorted(draw.every_loss())
    for name, each in entries.items():
        assert each["rows"] or any(loss == name for loss, _ in draw.NOT_ROW_WISE), name
        if each["rows"]:
            assert each["within"], name
            assert each["farthest"] <= ULPS or each["reason"], name
            assert each["reason"] == (BOUNDS[name].reason if name in BOUNDS else "")
    assert kernel_bounds.table(entries) in (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")
