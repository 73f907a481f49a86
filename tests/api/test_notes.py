"""What compute notices, the other commands notice too, of each model and data set by its name."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import UsageProblem
from losscli.core.notes import Note, about, named
from losscli.inspection.checks.side_checks import sides_apart

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(size=200) * 2
PROBS = 1 / (1 + np.exp(-LOGITS))
Y = (RNG.random(200) < PROBS).astype(np.int64)
TWICE = "sigmoid_cross_entropy: these logits look like probabilities"
CONSTANT = "that of the best constant"


@pytest.fixture
def files(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a good model's logits, the same in another order, and labels."""
    for name, array in {"logits": LOGITS, "shuffled": RNG.permutation(LOGITS * 2), "y": Y}.items():
        np.save(tmp_path / f"{name}.npy", array)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def notes_in(err: str) -> list[str]:
    return [line.partition("note: ")[2] for line in err.splitlines() if "note: " in line]


def test_python_has_what_the_command_line_says(files: Path, cli: Any) -> None:
    ran = cli("compute", "bce", "shuffled.npy", "y.npy")
    result = losscli.compute("bce", "shuffled.npy", "y.npy")
    assert list(result.notes) == notes_in(ran.err)
    assert CONSTANT in result.notes[0]
    assert result.notes[0].kind == "worse_than_constant"  # type: ignore[attr-defined]


def test_a_comparison_names_the_model(files: Path, cli: Any) -> None:
    for sides, name in ((("shuffled", "logits"), "shuffled"), (("logits", "shuffled"), "shuffled")):
        ran = cli("compare", *(f"{side}.npy" for side in sides), "y.npy", "-l", "bce", "--format", "json")
        note, *on_the_difference = notes_in(ran.err)
        assert note.startswith(f"{name}.npy: sigmoid_cross_entropy: ")
        assert CONSTANT in note
        assert all("differences are skewed" in each for each in on_the_difference)
        assert json.loads(ran.out)["warnings"] == [note, *on_the_difference]
    several = losscli.compare("bce", LOGITS, RNG.permutation(LOGITS * 2), Y)
    notes = [note for note in several.notes if note.kind != "uncertainty"]  # type: ignore[attr-defined]
    assert [note.model for note in notes] == ["candidate"]  # type: ignore[attr-defined]
    assert losscli.compare("bce", LOGITS, LOGITS + 0.1, Y).notes == ()


def test_a_batch_names_the_data_set_and_a_gate_tells_again(files: Path, cli: Any) -> None:
    ran = cli("batch", "logits.npy", "shuffled.npy", "--labels", "y.npy", "-l", "bce", "-o", "scores.jsonl")
    (note,) = notes_in(ran.err)
    assert note.startswith("shuffled.npy: sigmoid_cross_entropy: ")
    assert CONSTANT in note
    assert cli("compute", "bce", "shuffled.npy", "y.npy", "-o", "report.json").code == 0
    assert cli("compute", "bce", "logits.npy", "y.npy", "-o", "other.json").code == 0
    gated = cli("gate", "report.json", "--max", "bce=99", "--format", "json")
    assert CONSTANT in notes_in(gated.err)[0]
    assert json.loads(gated.out)["warnings"] == notes_in(gated.err)
    beside = cli("gate", "other.json", "--baseline", "report.json", "--format", "json")
    assert notes_in(beside.err)[0].startswith("report.json: sigmoid_cross_entropy: ")
    assert cli("gate", "report.json").code == 2  # its notes are no rule to hold it to


def test_reconcile_notices_too(files: Path, cli: Any) -> None:
    ran = cli("reconcile", "bce", "shuffled.npy", "y.npy")
    assert any(CONSTANT in note for note in notes_in(ran.err))
    assert not notes_in(cli("reconcile", "bce", "logits.npy", "y.npy").err)
    np.save("probs.npy", PROBS)
    assert not notes_in(cli("reconcile", "bce", "probs.npy", "y.npy").err)  # it tries every kind
    assert TWICE in cli("reconcile", "bce", "probs.npy", "y.npy", "--input", "logits").err


# -- models of different kinds ----------------------------------------------------------------------------

PRICES = np.exp(RNG.normal(12, 0.5, 100))


@pytest.mark.parametrize(
    ("loss", "base", "cand", "labels", "words"),
    [
        ("mse", PRICES, np.log(PRICES) + 0.1, PRICES * 1.1, "candidate look like the logarithms of those of base"),
        ("mse", np.log(PRICES), PRICES * 1.02, PRICES * 1.1, "base look like the logarithms of those of candidate"),
        ("mae", PROBS * 100, PROBS + 0.01, PROBS, "candidate look like hundredths of those of base"),
    ],
)
def test_models_of_different_kinds_are_noted_first(loss: str, base: Any, cand: Any, labels: Any, words: str) -> None:
    notes = losscli.compare(loss, base, cand, labels).notes
    assert re.search(words, notes[0])
    assert notes[0].kind == "sides_differ"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("base", "cand"), [(LOGITS, PROBS), (PROBS, LOGITS), (np.log(PROBS), PROBS)])
def test_probabilities_beside_scores_are_asked_about(base: Any, cand: Any) -> None:
    with pytest.raises(UsageProblem, match=r"all values lie within \[0, 1\].* Those of .* do not"):
        losscli.compare("bce", base, cand, Y)
    words = "looks like scores .* looks like probabilities|looks like probabilities .* looks like scores"
    words += "|looks like log-probabilities .* looks like probabilities"
    assert re.search(words, losscli.compare("bce", base, cand, Y, input="logits").notes[0])


def test_decisions_are_not_hundredths_of_probabilities() -> None:
    sure = np.random.default_rng(3).beta(0.05, 0.2, 500)
    assert sides_apart("probs", sure, np.round(sure), ("a", "b")) is None


def test_models_of_one_kind_are_not() -> None:
    """Of simulated pairs of models, good and bad ones, none is said to be of another kind."""
    rng = np.random.default_rng(11)
    for _ in range(300):
        scale, center = 10 ** rng.uniform(-3, 6), rng.normal() * 10
        truth = (rng.normal(size=100) + center) * scale
        spread = rng.uniform(0.01, 1.5, 2) * scale
        sides = [truth + each * rng.normal(size=100) + each * rng.normal() for each in spread]
        assert sides_apart("values", sides[0], sides[1], ("a", "b")) is None
        logits = rng.normal(size=(2, 100)) * rng.uniform(0.5, 6) + rng.normal()
        assert sides_apart("logits", logits[0], logits[1], ("a", "b")) is None
        probs = 1 / (1 + np.exp(-logits))
        assert sides_apart("probs", probs[0], probs[1], ("a", "b")) is None


def test_a_note_is_its_sentence_and_what_it_is_about() -> None:
    note = named(Note("mse: so.", kind="infinite", loss="mse"), "dataset", "val")
    assert note == "val: mse: so."
    assert (note.kind, note.loss, note.dataset, note.model) == ("infinite", "mse", "val", "")
    again = pickle.loads(pickle.dumps(note))
    assert (again, again.about) == (note, note.about)
    assert about("plain", file="a.csv").file == "a.csv"
    assert json.dumps([note]) == '["val: mse: so."]'
    with pytest.raises(TypeError, match="no field 'row'"):
        Note("x", row="3")
