"""--weights-are frequency: a row with a weight of 3 is the row three times, in every number and through every door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.cli.main import run

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(20)
N = 60
TIMES = RNG.integers(0, 5, N)  # 0 is a row that was not seen
EACH = np.repeat(np.arange(N), TIMES)
LABEL, CLASS = RNG.normal(size=N), RNG.integers(0, 3, N)
BASE = LABEL + RNG.normal(size=N)
CAND = BASE + 0.2 * RNG.normal(size=N) + 0.1
SCORES = RNG.normal(size=(N, 3))
IGNORED = np.where(np.arange(N) % 7 == 0, -100, CLASS)
MASKS = RNG.random((N, 9)), (RNG.random((N, 9)) < 0.5).astype(int)
CLUSTER = np.arange(N) // 4


def of_each(values: Any) -> Any:
    """The rows one by one, of whatever is one a row."""
    return values[EACH] if isinstance(values, np.ndarray) and len(values) == N else values


def assert_same(frequency: Any, repeated: Any, names: str) -> None:
    for name in names.split():
        ours, theirs = getattr(frequency, name), getattr(repeated, name)
        assert ours == (theirs if theirs is None else pytest.approx(theirs, rel=1e-9)), name


OPTIONS: list[dict[str, Any]] = [
    {},
    {"ci": 95},
    {"ci": 95, "cluster": CLUSTER},
    {"ci": 95, "bootstrap": 200},
    {"denominator": "count"},
    {"denominator": "nonzero"},
    {"reduction": "sum", "ci": 95},
    {"like": "sklearn"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda each: "-".join(map(str, each)) or "plain")
def test_a_value_is_that_of_the_repeated_rows(options: dict[str, Any]) -> None:
    ours = losscli.compute("mse", BASE, LABEL, weights=TIMES, weights_are="frequency", **options)
    each = {name: of_each(value) for name, value in options.items()}
    theirs = losscli.compute("mse", of_each(BASE), of_each(LABEL), **each)
    assert_same(ours, theirs, "value stderr n weight_sum")
    assert (ours.ci is None) == (theirs.ci is None) == ("ci" not in options)
    for end in ("low", "high") if ours.ci and theirs.ci else ():
        assert ours.ci[end] == pytest.approx(theirs.ci[end], rel=1e-9)
    assert ours.effective is not None
    assert theirs.effective is not None
    for name in {*ours.effective} - {"serial"}:
        known = theirs.effective[name]
        assert ours.effective[name] == (None if known is None else pytest.approx(known, rel=1e-5)), name
    assert ours.effective["serial"] is None or "cluster" in options  # a table of counts has no order in time


CASES: list[tuple[str, Array, Array, dict[str, Any]]] = [
    ("l2", BASE, LABEL, {}),
    ("wape", BASE, LABEL, {}),
    ("r2", BASE, LABEL, {}),
    ("dice", *MASKS, {"pool": "batch"}),
    ("softmax_cross_entropy", SCORES, CLASS, {"class_weights": [1.0, 2.0, 5.0]}),
    ("softmax_cross_entropy", SCORES, CLASS, {"class_weights": [1.0, 2.0, 5.0], "denominator": "count"}),
    ("softmax_cross_entropy", SCORES, IGNORED, {"ignore_index": -100, "denominator": "count"}),
    ("softmax_cross_entropy", SCORES, IGNORED, {"ignore_index": -100, "like": "torch"}),  # which takes no weight a row
    ("calibration_error", RNG.random(N), CLASS % 2, {}),
]


@pytest.mark.parametrize(
    ("loss", "pred", "label", "options"), CASES, ids=lambda each: each if type(each) is str else ""
)
def test_of_functions_of_sums_class_weights_and_ignored_rows(
    loss: str, pred: Array, label: Array, options: dict[str, Any]
) -> None:
    ours = losscli.compute(loss, pred, label, weights=TIMES, weights_are="frequency", **options)
    theirs = losscli.compute(loss, of_each(pred), of_each(label), **options)
    assert_same(ours, theirs, "value stderr n")


def test_importance_weights_say_something_else() -> None:
    importance = losscli.compute("mse", BASE, LABEL, weights=TIMES)
    frequency = losscli.compute("mse", BASE, LABEL, weights=TIMES, weights_are="frequency")
    assert importance.value == frequency.value
    assert (importance.n, frequency.n) == (N, int(TIMES.sum()))
    assert importance.stderr is not None
    assert frequency.stderr is not None
    assert frequency.stderr < 0.9 * importance.stderr
    assert "weights_are:frequency" in frequency.signature


def test_spread_of_a_block_that_is_far_from_nought() -> None:
    """Where the spread is small beside the mean it keeps its digits, also under several blocks."""
    n = 400_000
    times = RNG.integers(1, 4, n)
    losses = 1e9 + RNG.normal(size=n)
    ours = losscli.compute("mae", losses, np.zeros(n), weights=times, weights_are="frequency")
    mean = np.average(losses, weights=times)
    spread = np.sum(times * (losses - mean) ** 2)
    assert ours.n == times.sum()
    assert ours.stderr == pytest.approx(float(np.sqrt(spread / (ours.n - 1) / ours.n)), rel=1e-6)


@pytest.mark.parametrize("test", ["t", "sign-flip", "bootstrap"])
@pytest.mark.parametrize("margin", [0.0, "5%"])
def test_a_comparison_is_that_of_the_repeated_rows(test: str, margin: Any) -> None:
    options: dict[str, Any] = {"test": test, "margin": margin, "resamples": None if test == "t" else 400}
    ours = losscli.compare("mse", BASE, CAND, LABEL, weights=TIMES, weights_are="frequency", **options)
    theirs = losscli.compare("mse", of_each(BASE), of_each(CAND), of_each(LABEL), **options)
    assert_same(ours, theirs, "difference stderr low high p_value detectable power needed n")
    assert ours.verdict == theirs.verdict
    assert ours.effective is not None
    assert theirs.effective is not None
    assert ours.effective["differing"] == theirs.effective["differing"]


def test_what_is_left_without_the_worst_rows() -> None:
    """A row goes with all that it stands for."""
    ours = losscli.compare("mse", BASE, CAND, LABEL, weights=TIMES, weights_are="frequency", worst=2)
    rest = ~np.isin(np.arange(N), [each.row for each in ours.worst])
    theirs = losscli.compare("mse", *(np.repeat(x[rest], TIMES[rest]) for x in (BASE, CAND, LABEL)))
    assert ours.without_worst == pytest.approx(theirs.difference, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "there are none"),
        ({"weights": TIMES + 0.5}, "not a whole number"),
        ({"weights": TIMES - 1}, "negative"),
        ({"weights": TIMES * 2.0**60}, "not a whole number"),
        ({"weights": np.ones((N, 3))}, "one weight a row"),
    ],
    ids=["none", "half", "negative", "huge", "elements"],
)
def test_what_is_no_frequency_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(losscli.LossCliError, match=words):
        losscli.compute("mse", SCORES, SCORES, weights_are="frequency", **options)


def test_ignored_rows_beside_classes_that_weigh_nothing_are_refused() -> None:
    """How many rows were left out could not be told."""
    options: dict[str, Any] = {"ignore_index": -100, "class_weights": [0.0, 1.0, 1.0]}
    with pytest.raises(losscli.UsageProblem, match="cannot be told"):
        losscli.compute("softmax_cross_entropy", SCORES, IGNORED, weights=TIMES, weights_are="frequency", **options)


def test_more_rows_than_can_be_drawn_again_are_refused() -> None:
    with pytest.raises(losscli.DataProblem, match="resampling holds"):
        losscli.compare("mse", BASE, CAND, LABEL, weights=TIMES * 10_000_000, weights_are="frequency", test="bootstrap")


# -- files ------------------------------------------------------------------------------------------------


def table(path: Path, rows: Array, **columns: Array) -> Path:
    values = np.column_stack([each[rows] for each in columns.values()])
    np.savetxt(path, values, delimiter=",", header=",".join(columns), comments="", fmt="%.17g")
    return path


def asked(folder: Path, *words: str) -> dict[str, Any]:
    """The document of a command."""
    out = folder / "out.json"
    assert run([*words, "--report", f"json={out}", "-q"]) == 0
    document: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    every = np.arange(N)
    for name, pred in (("base", BASE), ("cand", CAND)):
        table(tmp_path / f"{name}.csv", every, pred=pred, label=LABEL, times=TIMES)
        table(tmp_path / f"{name}-each.csv", EACH, pred=pred, label=LABEL)
    for i, rows in enumerate((every[:25], every[25:])):
        table(tmp_path / f"part{i}.csv", rows, pred=BASE, label=LABEL, times=TIMES)
    return tmp_path


FREQUENCY = ("--weight", "times", "--weights-are", "frequency")


def test_gates_compare_the_rows_that_were_counted(counted: Path) -> None:
    messages = []
    for end, weights in ((".csv", FREQUENCY), ("-each.csv", ())):
        for name in ("base", "cand"):
            words = [f"{name}{end}", *weights, "--per-sample", f"{name}.npy", "--report", f"json={name}.json", "-q"]
            assert run(["compute", "mse", *words]) == 0
        (result,) = asked(counted, "gate", "cand.json", "--baseline", "base.json", "--margin", "1%")["results"]
        messages.append(result["checks"][0]["message"].partition("; paired by rows")[0])
    assert messages[0] == messages[1]
    assert "cannot tell" in messages[0] or "worse" in messages[0]


def test_shards_add_up_and_reports_can_be_computed_again(counted: Path) -> None:
    for i in range(2):
        document = asked(counted, "compute", "mse", f"part{i}.csv", *FREQUENCY, "--partial", "--ci", "95")
        (counted / f"part{i}.json").write_text(json.dumps(document), encoding="utf-8")
    (merged,) = asked(counted, "merge", "part0.json", "part1.json")["results"]
    (whole,) = asked(counted, "compute", "mse", "base-each.csv", "--ci", "95")["results"]
    for name in ("value", "stderr", "n"):
        assert merged[name] == pytest.approx(whole[name], rel=1e-9)
    assert merged["ci"]["low"] == pytest.approx(whole["ci"]["low"], rel=1e-9)
    (counted / "whole.json").write_text(
        json.dumps(asked(counted, "compute", "mse", "base.csv", *FREQUENCY)), encoding="utf-8"
    )
    assert run(["verify", "whole.json"]) == 0


def test_shards_of_other_weights_are_not_added(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i, weights in enumerate((FREQUENCY, FREQUENCY[:2])):
        document = asked(counted, "compute", "mse", f"part{i}.csv", *weights, "--partial")
        (counted / f"part{i}.json").write_text(json.dumps(document), encoding="utf-8")
    assert run(["merge", "part0.json", "part1.json"]) == 3
    assert "weights_are is importance against frequency" in capsys.readouterr().err


def test_batches_count_too(counted: Path) -> None:
    results = asked(counted, "batch", "base.csv", "cand.csv", "-l", "mse", "-l", "mae", *FREQUENCY)["results"]
    assert [each["n"] for each in results] == [int(TIMES.sum())] * 4
