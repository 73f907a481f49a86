"""What Python's functions say, in errors, notes, checks and alarms, names Python's arguments and no option."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli

P = [0.9, 0.2, 0.7, 0.4]
Y = [1, 0, 1, 0]
GAP = [0.9, float("nan"), 0.7, 0.4]
TABLE = {"a": P, "b": P[::-1], "y": Y, "kind": ["u", "v", "u", "v"]}
THREE = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.6, 0.3, 0.1]]

WRONG: list[Callable[[], Any]] = [
    lambda: losscli.compute("bce", P, Y),
    lambda: losscli.compute("mse", GAP, Y),
    lambda: losscli.compute("mse", TABLE, pred="nope", label="y"),
    lambda: losscli.compute("mse", TABLE, label="y"),
    lambda: losscli.compute("mse", P, Y, by="kind"),
    lambda: losscli.compute("mse", TABLE, pred="a", label="y", by="kind", reduction="none"),
    lambda: losscli.compute("mse", P, Y, reduction="none", ci=95),
    lambda: losscli.compute("mse", P, Y, bootstrap=10),
    lambda: losscli.compute("mse", P, Y, keep="kind"),
    lambda: losscli.compute("mse", P, Y, like="nonesuch"),
    lambda: losscli.compute("mse", P, Y, weights_are="frequency"),
    lambda: losscli.compute("mse", P, Y, where="kind=u"),
    lambda: losscli.compute("mse", P, Y, per_sample="rows.npy", reduction="none"),
    lambda: losscli.compute("mse", P, Y, per_sample="rows.npy", worst=1, keep="kind"),
    lambda: losscli.compute("mse", P, Y, drop_missing=True, nan="propagate"),
    lambda: losscli.compute("mse", P, Y, min_n=3),
    lambda: losscli.compute("mse", P, Y, macro=True),
    lambda: losscli.compute("mse", P, Y, shift=1),
    lambda: losscli.compute("mse", P, Y, max_memory="1k"),
    lambda: losscli.compute("ce", THREE, ["cat", "dog", "emu", "cat"], input="probs"),
    lambda: losscli.compute("ce", P, Y, input="probs"),
    lambda: losscli.compute("pinball", P, Y, quantile=2),
    lambda: losscli.compute("mean_quantile_loss", THREE, Y),
    lambda: losscli.compute("crps", {"q0.1": P, "q0.9": P, "y": Y}, pred="q*", label="y"),
    lambda: losscli.compute("dice", np.eye(4), np.eye(4)),
    lambda: losscli.compute("supcon", THREE, Y),
    lambda: losscli.evaluate(["mse"], P, Y, by="kind"),
    lambda: losscli.evaluate([], P, Y),
    lambda: losscli.batch({"a": P}, ["mse"], labels=Y, sort="nope"),
    lambda: losscli.batch({"a": P}, ["mse", "mae"], labels=Y, best=True),
    lambda: losscli.batch({"a": P}, ["mse"], labels=Y, best=True, top=1),
    lambda: losscli.compare("mse", P, P[::-1], Y, test="sign-flip", cluster=None, resamples=3),
    lambda: losscli.compare("mse", P, P[::-1], Y, margin="x"),
    lambda: losscli.compare("mse", P, P[::-1], Y, reduction="none"),
    lambda: losscli.compare("mse", P, P[::-1], Y, by="kind"),
    lambda: losscli.why("mse", P, P[::-1], Y, by=None),
    lambda: losscli.why("mse", TABLE, None, None, by="kind", pred="a", label="y"),
    lambda: losscli.slices("mse", TABLE, pred="a", label="y", over=None),
    lambda: losscli.slices("mse", TABLE, pred="a", label="y", over="kind", min_n=3),
    lambda: losscli.sweep("focal", P, Y, gamma=[0, 1]),
    lambda: losscli.sweep("mse", P, Y, reduction="none"),
    lambda: losscli.reconcile("mse", P, Y, reduction="none"),
    lambda: losscli.reconcile("supcon", THREE, Y),
    lambda: losscli.parts("mse", P, Y, worst=1),
    lambda: losscli.gate("no-such.json", max=1),
    lambda: losscli.gate(losscli.compute("mse", P, Y)),
    lambda: losscli.gate(losscli.compute("mse", P, Y), max={"mae": 1}),
    lambda: losscli.gate(losscli.compute("mse", P, Y), max={"mse": 1}, max_rise=1),
    lambda: losscli.gate(losscli.compute("mse", P, Y), "no-such.json"),
    lambda: losscli.gate(losscli.compute("mse", P, Y), losscli.compute("mse", P, Y), by=True),
    lambda: losscli.merge([]),
    lambda: losscli.verify("no-such.json"),
]  # fmt: skip


def _options(text: str) -> list[str]:
    """The options in a text that stand in no whole command."""
    return re.findall(r"(?<![\w-])--[a-z][a-z-]*", re.sub(r"losscli [a-z]+[^.]*", "", text))


def test_errors_name_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = [text for call in WRONG if (text := _problem(call))]
    assert len(said) > 40
    assert {text: _options(text) for text in said if _options(text)} == {}


def _problem(call: Callable[[], Any]) -> str:
    try:
        call()
    except losscli.LossCliError as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"sample_weight": P}, "log_loss has no parameter 'sample_weight'. Write weight=\"COLUMN\"."),
        ({"target": "y"}, 'Write label="COLUMN".'),
        ({"group_by": "kind"}, 'Write by="COLUMN".'),
        ({"dropna": True}, "Write drop_missing=True."),
        ({"n_jobs": 2}, "Write threads=N."),
        ({"nonsense": 2}, "log_loss has no parameter 'nonsense'."),
    ],
)
def test_arguments_of_other_libraries_are_answered_with_ours(words: Any, said: str) -> None:
    with pytest.raises(losscli.UsageProblem, match=re.escape(said)):
        losscli.compute("log_loss", TABLE, pred="a", **{"label": "y", **words})


def test_a_loss_that_is_called_as_elsewhere_is_answered_with_compute() -> None:
    with pytest.raises(AttributeError, match=r"losscli.compute\('log_loss', predictions, labels\) computes this loss"):
        losscli.log_loss  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no attribute .nonsense.$"):
        losscli.nonsense  # noqa: B018
    with pytest.raises(losscli.UsageProblem, match="The loss comes first, as a name, and not list"):
        losscli.compute(P, Y, "log_loss")  # type: ignore[arg-type]


def _sentences(report: Any) -> Iterator[str]:
    for name in ("notes", "warnings", "alarms", "results", "gates"):
        for part in getattr(report, name, None) or ():
            yield from [part] if isinstance(part, str) else _sentences(part)
    for name in ("message", "evidence", "fix", "error"):
        if isinstance(text := getattr(report, name, None), str):
            yield text


def test_notes_checks_and_alarms_name_arguments(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    label, pred = rng.normal(size=60), rng.normal(size=60)
    for name, values in (("y", label), ("p", pred), ("q", pred + 0.2)):
        np.save(tmp_path / f"{name}.npy", values)
    before, after = (losscli.compute("mse", str(tmp_path / f"{name}.npy"), str(tmp_path / "y.npy")) for name in "pq")
    gated = losscli.gate(after, before, margin="1%")
    assert "per_sample=" in " ".join(_sentences(gated))
    reports = [
        gated,
        losscli.gate(after, str(tmp_path / "none.json"), on_no_baseline="pass"),
        losscli.compute("mse", TABLE, label="y", pred="a", by="kind", ci=95),
        losscli.compute("supcon", np.eye(4), [0, 0, 1, 1]),
        losscli.compute("mse", [1.0, 2.0, 300.0], [1.0, 2.0, 3.0], ci=95),
        losscli.compare("mse", pred, pred + 0.1, label, margin="1%", test="sign-flip", resamples=100),
        losscli.batch({"a": GAP}, ["mse"], labels=Y, keep_going=True),
        losscli.evaluate(["mse"], TABLE, pred="a", label="y", by="kind"),
        losscli.inspect(P, Y, loss="bce"),
        losscli.inspect(np.array(THREE), [1, 2, 3, 1], loss="ce"),
        losscli.sweep("focal", [2.0, -1.0], [1, 0], gamma=[0.0, 1.0]),
    ]
    said = [sentence for report in reports for sentence in _sentences(report)]
    assert len(said) > 10
    assert {sentence: _options(sentence) for sentence in said if _options(sentence)} == {}
