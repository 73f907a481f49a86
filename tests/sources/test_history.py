"""Scales from the history of series: which rows they are computed of, which row they go to, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import DataProblem, LossCliError, UsageProblem

SERIES = {"b/1": [3.0, 1.0, 4.0, 1.0, 5.0, 9.0], "a": [2.0, 7.0, 1.0, 8.0], "c": [5.0, 5.0, 6.0, 9.0, 9.0]}
ROWS = [("a", 1.0, 3.0), ("c", 2.0, 2.5), ("b/1", 4.0, 1.0), ("a", 2.0, 2.0), ("b/1", 0.5, 1.0)]
HISTORY = [(name, f"2024-01-{day + 1:02}", value) for name, each in SERIES.items() for day, value in enumerate(each)]


def scale(values: list[float], season: int, power: int) -> float:
    """As it is defined: the mean of |difference| to this power a season before, and its root."""
    steps = np.abs(np.subtract(values[season:], values[:-season])) ** power
    return float(steps.mean() ** (1 / power))


def expected(season: int, power: int = 1, rows: list[tuple[str, float, float]] = ROWS) -> float:
    """The mean, or root mean square, of the scaled errors."""
    errors = [abs(pred - label) / scale(SERIES[name], season, power) for name, pred, label in rows]
    return float(np.mean(np.power(errors, power)) ** (1 / power))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    lines = [f"{name},{pred},{label},{day}" for day, (name, pred, label) in enumerate(ROWS)]
    (tmp_path / "fc.csv").write_text("unique_id,model,y,ds\n" + "\n".join(lines) + "\n")
    write_history(tmp_path / "train.csv", HISTORY)
    return tmp_path


def write_history(path: Path, rows: list[tuple[str, str, float]]) -> None:
    path.write_text("unique_id,ds,y\n" + "".join(f"{name},{day},{value}\n" for name, day, value in rows))


def mase(folder: Path, loss: str = "mase", **given: Any) -> Any:
    given = {"pred": "model", "label": "y", "history": str(folder / "train.csv"), **given}
    return losscli.compute(loss, str(folder / "fc.csv"), **given)


@pytest.mark.parametrize(("loss", "power"), [("mase", 1), ("rmsse", 2)])
@pytest.mark.parametrize("season", [None, 1, 2, 3])
def test_scale_of_each_series_goes_to_its_rows(files: Path, loss: str, power: int, season: int | None) -> None:
    given = {} if season is None else {"season": season}
    found = mase(files, loss, series="unique_id", **given)
    assert found.value == pytest.approx(expected(season or 1, power), rel=1e-14)
    assert any("3 series by unique_id" in note for note in found.notes)


def test_groups_say_which_rows_are_of_a_series(files: Path) -> None:
    by = mase(files, by="unique_id", macro=True, season=2)
    values = [expected(2, rows=[row for row in ROWS if row[0] == name]) for name in SERIES]
    assert by.value == pytest.approx(float(np.mean(values)), rel=1e-14)


def test_order_of_rows_and_of_files(files: Path) -> None:
    """Rows of the history may be mixed; their times say the order. Keys pair the rows of forecasts."""
    write_history(files / "train.csv", sorted(HISTORY, key=lambda row: row[2]))
    mixed = mase(files, series="unique_id")
    assert mixed.value == pytest.approx(expected(1), rel=1e-14)
    assert any("in the order of ds" in note for note in mixed.notes)
    lines = (files / "fc.csv").read_text().splitlines()
    (files / "labels.csv").write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    joined = losscli.compute(
        "mase",
        str(files / "fc.csv"),
        str(files / "labels.csv"),
        join="ds",
        series="unique_id",
        pred="model",
        label="y",
        history=str(files / "train.csv"),
    )
    assert joined.value == pytest.approx(expected(1), rel=1e-14)
    some = mase(files, series="unique_id", where="unique_id=c")
    assert some.value == pytest.approx(expected(1, rows=[ROWS[1]]), rel=1e-14)


def test_arrays_and_one_series(files: Path) -> None:
    names, pred, label = map(np.array, zip(*ROWS, strict=True))
    history = {"series": np.array([name for name, _, _ in HISTORY]), "y": np.array([value for *_, value in HISTORY])}
    found = losscli.compute("mase", pred, label, history=history, series=names, season=2)
    assert found.value == pytest.approx(expected(2), rel=1e-14)
    one = losscli.compute("mase", pred[[0, 3]], label[[0, 3]], history=np.array(SERIES["a"]))
    assert one.value == pytest.approx(expected(1, rows=[ROWS[0], ROWS[3]]), rel=1e-14)


def test_losses_of_a_batch_have_scales_of_their_own(files: Path) -> None:
    (files / "suite.toml").write_text(
        '[[data]]\nname = "x"\npred = "fc.csv"\ncolumns = { pred = "model", label = "y" }\n'
        + "".join(
            f'[[data.loss]]\nname = "{name}"\nhistory = "train.csv"\nseries = "unique_id"\nseason = {season}\n'
            for name, season in (("mase", 1), ("rmsse", 1), ("mase", 2))
        )
    )
    values = [each.value for each in losscli.batch(str(files / "suite.toml")).results]
    assert values == pytest.approx([expected(1), expected(1, 2), expected(2)], rel=1e-9)


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        ({}, UsageProblem, "3 different values in its column unique_id"),
        ({"series": "unique_id", "season": 4}, DataProblem, r"scale of its series in .*train.csv \(season 4\)"),
        ({"series": "nothing"}, UsageProblem, "no column"),
        ({"series": "model"}, UsageProblem, "has no column model"),
        ({"series": "unique_id", "scale": "model"}, UsageProblem, "said twice"),
        ({"history": None, "season": 3}, UsageProblem, "there is none"),
        ({"history": None, "series": "unique_id"}, UsageProblem, "there is none"),
        ({"series": "unique_id", "season": 0}, UsageProblem, "season must be"),
        ({"series": "unique_id", "series_scale": "model"}, UsageProblem, "no parameter 'series_scale'"),
    ],
)
def test_refusals(files: Path, given: dict[str, Any], kind: type[LossCliError], text: str) -> None:
    with pytest.raises(kind, match=text):
        mase(files, **given)


def test_series_without_a_scale_are_named_and_may_be_left_out(files: Path) -> None:
    write_history(files / "train.csv", [row for row in HISTORY if row[0] != "c"])
    with pytest.raises(DataProblem, match="no value in row 1"):
        mase(files, series="unique_id")
    left = mase(files, series="unique_id", missing="omit")
    assert left.value == pytest.approx(expected(1, rows=[row for row in ROWS if row[0] != "c"]), rel=1e-14)
    write_history(files / "train.csv", [*HISTORY[:-5], *(("c", f"2024-02-0{day}", 5.0) for day in range(1, 5))])
    with pytest.raises(DataProblem, match="scale 0 is not above 0"):
        mase(files, series="unique_id")
    write_history(files / "train.csv", [*HISTORY, ("c", "2024-03-01", float("nan"))])
    with pytest.raises(DataProblem, match="no value in row 15"):
        mase(files, series="unique_id")
