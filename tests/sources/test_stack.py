"""`--stack`: each file, or each array in memory, is one row; without it a 2-D array of masks says how it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import losscli
from losscli.core.errors import DataProblem, UsageProblem

RNG = np.random.default_rng(0)
MASKS, TRUTHS = RNG.random((5, 6, 4)), RNG.integers(0, 2, (5, 6, 4))
OVERLAPS = ("dice", "jaccard", "tversky", "focal_tversky", "generalized_dice", "dice_ce", "dice_focal")


def dice(pred: Any, label: Any) -> float:
    return float(1.0 - 2.0 * (pred * label).sum() / (pred.sum() + label.sum()))


@pytest.fixture(autouse=True)
def here(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # after the program's fixture, which has a folder of its own
    np.save("a.npy", MASKS[0])
    np.save("b.npy", TRUTHS[0])
    np.savez("both.npz", pred=MASKS[0], label=TRUTHS[0])


ONE = dice(MASKS[0], TRUTHS[0])
LINES = float(np.mean([dice(*rows) for rows in zip(MASKS[0], TRUTHS[0], strict=True)]))


@pytest.mark.parametrize("files", ["a.npy b.npy", "both.npz", "both.npz::pred both.npz::label"])
@pytest.mark.parametrize(
    "command",
    [
        "compute dice FILES --json",
        "batch FILES -l dice --json",
        "reconcile dice FILES --input probs --json",
        "compare A A B -l dice --no-stack --json",
    ],
)
def test_the_options_that_a_message_names_are_there(command: str, files: str, cli: Any) -> None:
    first, *rest = files.split()
    if command.startswith("batch") and rest:
        files = f"{first} --labels {rest[0]}"
    if command.startswith("compare"):
        words = command.replace("A", "a.npy").replace("B", "b.npy").split()
        assert cli(*[word for word in words if word != "--no-stack"]).code == 2
        assert json.loads(cli(*words).out)["results"][0]["base"] == pytest.approx(LINES)
        return
    words = command.replace("FILES", files).split()
    asked = cli(*words)
    assert asked.code == 2
    assert "one mask of 6 lines, or 6 masks of 4 pixels. Say --stack" in asked.err
    for option, value in (("--stack", ONE), ("--no-stack", LINES)):
        ran = cli(*words, option)
        assert ran.code == 0, ran.err
        values = [result["value"] for result in json.loads(ran.out)["results"]]
        assert any(np.isclose(each, value, rtol=1e-12) for each in values if each is not None)


def test_members_of_many_archives_are_rows() -> None:
    Path("parts").mkdir()
    for number in range(5):
        np.savez(f"parts/{number}.npz", pred=MASKS[number], label=TRUTHS[number])
    right = np.mean([dice(*pair) for pair in zip(MASKS, TRUTHS, strict=True)])
    for spec in (("parts",), ("parts/*.npz",), ("parts::pred", "parts::label")):
        assert losscli.compute("dice", *spec, stack=True).value == pytest.approx(right, rel=1e-12)
    np.savez("parts/5.npz", pred=MASKS[0].T, label=TRUTHS[0].T)
    with pytest.raises(DataProblem, match=r"5\.npz has shape \(4, 6\), and .*0\.npz \(6, 4\)"):
        losscli.compute("dice", "parts", stack=True)


def test_columns_of_stacked_files_are_chosen_and_not_ignored() -> None:
    for side, values in (("p", [[0.1, 0.9], [0.2, 0.8]]), ("y", [[1.0, 1.0], [0.0, 0.0]])):
        Path(side).mkdir()
        for number, row in enumerate(values):
            np.save(f"{side}/{number}.npy", row)
    assert losscli.compute("mae", "p::1", "y::0", stack=True).value == pytest.approx((0.1 + 0.8) / 2)


@pytest.mark.parametrize("loss", OVERLAPS)
@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 1)])
def test_arrays_in_memory_say_how_they_were_read(loss: str, shape: tuple[int, ...]) -> None:
    pair = MASKS[0].reshape(shape), TRUTHS[0].reshape(shape)
    plain = losscli.compute(loss, *pair, input="probs")
    assert any("were read as 6 masks of 4 pixels. Say stack=True" in note for note in plain.notes)
    lines = losscli.compute(loss, *pair, input="probs", stack=False)
    one = losscli.compute(loss, *pair, input="probs", stack=True)
    image = losscli.compute(loss, MASKS[:1], TRUTHS[:1], input="probs")
    assert plain.value == lines.value
    assert (one.value, one.n) == (image.value, 1)
    assert not lines.notes
    assert not one.notes
    np.save("c.npy", pair[0])
    np.save("d.npy", pair[1])
    with pytest.raises(UsageProblem, match="one mask of 6 lines, or 6 masks of 4 pixels"):
        losscli.compute(loss, "c.npy", "d.npy", input="probs")
    assert losscli.compute(loss, "c.npy", "d.npy", input="probs", stack=True).value == pytest.approx(one.value)


def test_what_is_one_mask_already_has_no_note() -> None:
    for pair in ((MASKS, TRUTHS), (MASKS[0].ravel(), TRUTHS[0].ravel()), (MASKS[:1], TRUTHS[:1])):
        assert not losscli.compute("dice", *pair).notes
    assert losscli.compute("dice", list(MASKS), list(TRUTHS), stack=True).n == 5
    assert not losscli.compute("mse", MASKS[0], TRUTHS[0]).notes


def test_a_table_is_no_array() -> None:
    with pytest.raises(UsageProblem, match="the predictions are a table with columns"):
        losscli.compute("dice", pd.DataFrame(MASKS[0]), TRUTHS[0], stack=True)


def test_one_column_of_pixels_is_one_mask(cli: Any, tmp_path: Path) -> None:
    pred, label = RNG.random((12, 1)), RNG.integers(0, 2, (12, 1))
    for name, array in (("p", pred), ("y", label)):
        np.save(tmp_path / f"{name}.npy", array)
    files = [tmp_path / "p.npy", tmp_path / "y.npy"]
    for words in ([], ["--no-stack"]):
        ran = cli("compute", "dice", *files, *words)
        assert (ran.code, ran.out) == (2, "")
        assert "Say --stack where it is one mask." in ran.err
    whole = losscli.compute("dice", pred.ravel(), label.ravel()).value
    stacked = cli("compute", "dice", *files, "--stack", "--format", "value")
    assert float(stacked.out) == pytest.approx(whole, rel=1e-15)
    result = losscli.compute("dice", pred, label)
    assert (result.value, list(result.notes)) == (whole, [])
    with pytest.raises(losscli.UsageProblem, match="Say stack=True"):
        losscli.compute("dice", pred, label, stack=False)
