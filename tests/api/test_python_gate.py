"""Results of Python that are gated and verified: what is said of them is what the commands say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli

N = 120


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(11)
    labels, ids = rng.normal(size=N), rng.permutation(N)
    models = {"a": labels + rng.normal(size=N)}
    models["b"] = models["a"] + 0.1 * rng.normal(size=N) + 0.05
    for name, values in {"y": labels, "c": np.repeat(np.arange(12), 10), "w": rng.uniform(0.5, 2, N), **models}.items():
        np.save(f"{name}.npy", values)
    for name, values in {"y": labels, **models}.items():
        order = range(N) if name == "y" else rng.permutation(N)
        lines = [f"{ids[i]},{values[i]:.17g}" for i in order]
        Path(f"{name}.csv").write_text("\n".join(["id,v", *lines, ""]))


def commanded(cli: Any, tmp_path: Path, loss: str, paths: tuple[str, ...], words: str, kept: bool) -> Any:
    """The check of `losscli gate` of models a and b."""
    for model in "ab":
        rows = ["--per-sample", tmp_path / f"c{model}.npy"] if kept else []
        read = [tmp_path / path.format(model) for path in paths]
        assert cli("compute", loss, *read, *words.split(), *rows, "--json", "-o", tmp_path / f"{model}.json").code == 0
    words_of_gate = ("gate", tmp_path / "b.json", "--baseline", tmp_path / "a.json", "--margin", "1%", "--json")
    return json.loads(cli(*words_of_gate).out)["results"][0]["checks"]


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(
    ("loss", "paths", "words", "said"),
    [
        ("mse", ("{}.npy", "y.npy"), "", {}),
        ("l2", ("{}.npy", "y.npy"), "", {}),
        ("mse", ("{}.npy", "y.npy"), "--weights {0}/w.npy --cluster {0}/c.npy",
         {"weights": "w.npy", "cluster": "c.npy"}),
        ("huber", ("{}.csv", "y.csv"), "--join id --pred v --label v --where id>20 --delta 0.5",
         {"join": "id", "pred": "v", "label": "v", "where": "id>20", "delta": 0.5}),
    ],
)  # fmt: skip
def test_verdicts_are_those_of_the_command(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: str, paths: Any, words: str, said: Any, kept: bool
) -> None:
    checks = commanded(cli, tmp_path, loss, paths, words.format(tmp_path), kept)
    monkeypatch.chdir(tmp_path)
    before, now = (
        losscli.compute(
            loss, *(path.format(model) for path in paths), per_sample=Path(f"p{model}.npy") if kept else None, **said
        )
        for model in "ab"
    )
    (result,) = losscli.gate(now, before, margin="1%").results
    text = json.dumps([check.to_dict() for check in result.gates])
    assert json.loads(text.replace(r"per_sample=\"FILE\"", "--per-sample FILE")) == checks
    assert checks[0]["evidence"]["paired"] is kept
    assert losscli.verify(now).passed


def test_labels_that_changed_are_noticed() -> None:
    before = losscli.compute("mse", "a.npy", "y.npy")
    np.save("y.npy", np.load("y.npy") + 1e-3)
    for now in (losscli.compute("mse", "b.npy", "y.npy"), losscli.evaluate(["mse"], "b.npy", "y.npy")):
        (check,) = losscli.gate(now, before).results[0].gates
        assert (check.passed, check.message) == (
            False, "the labels are others than the baseline's: their SHA-256 differ",
        )  # fmt: skip


def test_rows_of_arrays_are_paired_where_the_labels_are_the_same() -> None:
    labels, base, model = (np.load(f"{name}.npy") for name in "yab")
    before = losscli.compute("mse", base, labels, per_sample="pa.npy")
    now = losscli.compute("mse", model, labels.copy(), per_sample="pb.csv")
    (check,) = losscli.gate(now, before).results[0].gates
    assert check.evidence is not None
    assert check.evidence["paired"] is True
    assert losscli.gate(before, before).results[0].gates[0].message.startswith("not worse: the predictions")
    others = losscli.compute("mse", model, labels + 1e-9, per_sample="po.npy")
    assert losscli.gate(others, before).results[0].gates[0].passed is False


def test_a_file_of_rows_that_cannot_be_is_refused() -> None:
    for said, why in (
        ({"per_sample": "a.npy"}, "a.npy is an input"),
        ({"per_sample": 3}, "per_sample must be the path of a file, got 3"),
        ({"per_sample": "x.npy", "reduction": "none"}, "Leave out per_sample; the rows of the result have it"),
        ({"per_sample": "x.npy", "keep": "z"}, "per_sample: .npy holds numbers alone"),
    ):
        with pytest.raises(losscli.UsageProblem, match=why):
            losscli.compute("mse", "a.npy", "y.npy", **said)
    with pytest.raises(losscli.UsageProblem, match="takes no argument 'per_sample'"):
        losscli.batch(["a.npy"], ["mse"], "y.npy", per_sample="x.npy")
    assert not Path("x.npy").exists()
