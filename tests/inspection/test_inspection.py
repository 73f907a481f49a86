"""`inspect`: every spoilt data set is told by its alarm, no sound one is accused, and mends mend."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documents import parse
from inspected import ids
from mispaired import PAIRED, SAMPLES, SOUND, Spoilt, draw, others_spoilt, rows_spoilt, sample

import losscli
from losscli.core.errors import UsageProblem

LONG = ("by 2", "by -2", "by 3", "by -3", "2 early", "3 early", "1 late", "2 late")  # of a kind that others are of
ROWS = [
    pytest.param(
        spoilt,
        id=f"{pred}-{label}-{spoilt.name}",
        marks=[pytest.mark.slow] if spoilt.name.endswith(LONG) else [],
    )
    for pred, label in PAIRED
    for spoilt in rows_spoilt(sample(pred), sample(label))
]
OTHERS = [pytest.param(spoilt, id=spoilt.name) for spoilt in others_spoilt()]

# -- what is spoilt is told, what is sound is not ---------------------------------------------------------


@pytest.mark.parametrize("spoilt", [*ROWS, *OTHERS])
def test_every_spoilt_data_set_is_told(spoilt: Spoilt) -> None:
    found = losscli.inspect(spoilt.pred, spoilt.label, **spoilt.settings)
    assert spoilt.alarm in ids(found), (found.alarms, found.warnings)
    assert len(found.alarms) <= 2, found.alarms
    assert all(alarm.evidence.endswith(".") and alarm.mend for alarm in found.alarms)


UNPAIRED = ("bits_per_byte", "byte_perplexity", "word_perplexity", "preference")  # no labels, or none beside a file
SOUND_RUNS = list(dict.fromkeys((pred, label, loss) for pred, label, losses in SOUND for loss in (None, *losses)))


@pytest.mark.parametrize(("pred", "label", "loss"), SOUND_RUNS)
def test_no_sound_sample_is_accused(pred: str, label: str, loss: str | None) -> None:
    found = losscli.inspect(sample(pred), sample(label), loss=loss)
    assert (found.alarms, found.warnings) == ([], [])


def test_the_example_of_no_other_loss_is_accused() -> None:
    """Every loss declares an example of real data; those that no sample above is for are looked at here."""
    covered = {loss for _, _, losses in SOUND for loss in losses} | {"dice", "hinge_embedding", *UNPAIRED}
    for name, loss in losscli.available().items():
        pred, label, *options = shlex.split(loss.example)
        if name not in covered and not options:
            found = losscli.inspect(str(SAMPLES / pred), str(SAMPLES / label), loss=name)
            assert (name, found.alarms) == (name, [])


@pytest.mark.parametrize(
    "start", [0, 50, *(pytest.param(start, marks=pytest.mark.slow) for start in range(100, 300, 50))]
)
def test_no_random_sound_data_set_is_accused(start: int) -> None:
    accused = []
    for seed in range(start, start + 50):
        pred, label, settings = draw(seed)
        found = losscli.inspect(pred, label, **settings)
        accused += [(seed, alarm) for alarm in found.alarms]
    assert accused == []


def test_random_data_sets_vary() -> None:
    drawn = [draw(seed) for seed in range(300)]
    assert {pred.ndim for pred, _, _ in drawn} == {1, 2, 3}
    assert {len(pred) for pred, _, _ in drawn} >= {5, 20, 400, 3000}
    assert {key for _, _, settings in drawn for key in settings} == {"input", "loss"}


def test_a_model_no_better_than_chance_is_not_shifted() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert not ids(losscli.inspect(rng.random(500), rng.integers(2, size=500))) & {
            "labels-shifted",
            "rows-reversed",
        }


def test_a_model_too_sure_is_noted_not_accused() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=500)
    wrong = rng.random(500) < 0.25
    found = losscli.inspect(np.where(label ^ wrong, 20.0, -20.0), label, input="logits")
    assert found.alarms == []
    assert "Rows belong together" in found.warnings[0]


def test_masks_that_start_empty_are_masks() -> None:
    rng = np.random.default_rng(1)
    masks = np.sort(rng.integers(2, size=(300, 6, 6)), axis=0)
    assert losscli.inspect(0.2 * rng.normal(size=masks.shape), masks).alarms == []


def test_a_forecast_of_yesterday_is_sound() -> None:
    series = np.cumsum(np.random.default_rng(3).normal(size=2000))
    assert losscli.inspect(series[:-1], series[1:]).alarms == []


# -- the mend mends ---------------------------------------------------------------------------------------


REPEATED = ("by -1", "by 2", "by -3", "1 early", "3 early", "2 late", "as text from 1")  # of a kind that others are of
MENDED = [
    pytest.param(each.values[0], id=each.id, marks=pytest.mark.slow)
    if str(each.id).endswith(REPEATED) or turn % 3
    else each
    for turn, each in enumerate(ROWS)
    if each.values[0].alarm not in ("unequal-lengths", "constant-predictions")
]


@pytest.mark.parametrize("spoilt", MENDED)
def test_mends_of_rows_mend(spoilt: Spoilt) -> None:
    found = losscli.inspect(spoilt.pred, spoilt.label)
    (alarm,) = [each for each in found.alarms if each.id == spoilt.alarm]
    names = {"np": np, "predictions": spoilt.pred, "labels": spoilt.label}
    exec("; ".join(part for part in alarm.mend.split("; ") if " = " in part), {**names, "sorted": sorted}, names)
    assert losscli.inspect(names["predictions"], names["labels"]).alarms == []


def test_mends_are_commands_for_files(tmp_path: Path, cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "p.npy", sample("digits/logits"))
    np.save(tmp_path / "y.npy", np.roll(sample("digits/labels"), 1))
    ran = cli("inspect", tmp_path / "p.npy", tmp_path / "y.npy", "--json")
    (alarm,) = parse(ran.out)["alarms"]
    assert ran.code == 1
    assert alarm["mend"].startswith("python -c ")
    monkeypatch.chdir(tmp_path)
    import shlex
    import subprocess
    import sys

    for part in alarm["mend"].split("; python ")[0:2]:
        subprocess.run([sys.executable, *shlex.split(part.removeprefix("python "))], check=True, cwd=tmp_path)
    assert cli("inspect", tmp_path / "predictions-mended.npy", tmp_path / "labels-mended.npy").code == 0


def test_the_right_declaration_is_silent(cli: Any) -> None:
    ran = cli("inspect", "digits/probs.npy", "digits/labels.npy", "-l", "ce", "--json")
    (alarm,) = parse(ran.out)["alarms"]
    assert alarm["mend"] == "losscli compute softmax_cross_entropy digits/probs.npy digits/labels.npy --input probs"
    assert cli("inspect", "digits/probs.npy", "digits/labels.npy", "-l", "ce", "--input", "probs").code == 0


def test_columns_of_classes_are_named_in_their_order(tmp_path: Path, cli: Any) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.read_parquet(Path("digits/digits.parquet"))
    columns = [name for name in table if name.startswith("p_")]
    spoilt = table.rename(columns={"p_three": "p_five", "p_five": "p_three"})[[*columns, "label"]]
    spoilt.to_parquet(tmp_path / "spoilt.parquet")
    ran = cli("inspect", tmp_path / "spoilt.parquet", "--pred", "p_*", "--label", "label", "--json")
    (alarm,) = parse(ran.out)["alarms"]
    assert alarm["id"] == "classes-permuted"
    assert "p_two,p_five,p_four,p_three,p_six" in alarm["mend"]


def notes(cli: Any, *arguments: Any) -> str:
    ran = cli("compute", *arguments, "--format", "value")
    assert ran.code == 0
    return str(ran.err)


# -- the cheap part in compute ----------------------------------------------------------------------------


def test_compute_says_what_costs_nothing_to_see(cli: Any, tmp_path: Path) -> None:
    def saved(name: str, values: Any) -> Path:
        np.save(tmp_path / f"{name}.npy", values)
        return tmp_path / f"{name}.npy"

    shifted = saved("shifted", np.roll(sample("digits/labels"), 1))
    assert "above 2.302, that of the best constant" in notes(cli, "ce", "digits/logits.npy", shifted)
    mixed = saved("mixed", np.roll(sample("cancer/labels"), 1))
    assert "losscli inspect" in notes(cli, "bce", "cancer/logits.npy", mixed)
    few = sample("digits/labels") < 9
    logits, labels = saved("logits", sample("digits/logits")[few]), saved("labels", sample("digits/labels")[few] + 1)
    assert "do they count from 1?" in notes(cli, "ce", logits, labels)
    hard = saved("hard", sample("masks/masks").astype(float))
    assert "the other way round?" in notes(cli, "dice", hard, "masks/probs.npy")
    sure = saved("sure", 20 * sample("cancer/logits"))
    assert notes(cli, "bce", sure, "cancer/labels.npy") == ""


@pytest.mark.parametrize(
    ("pred", "label", "loss"), [each for each in SOUND_RUNS if each[2] in ("focal", "dice", "hinge")]
)
def test_compute_is_silent_on_sound_data(cli: Any, pred: str, label: str, loss: str) -> None:
    assert notes(cli, loss, f"{pred}.npy", f"{label}.npy") == ""


def test_labels_first_are_refused_where_a_logarithm_is_taken(cli: Any) -> None:
    truth, guess = [0, 1, 1, 0], [0.2, 0.7, 0.6, 0.1]
    for name, more in (("log_loss", {}), ("log_loss", {"like": "sklearn"}), ("bce", {"like": "keras"})):
        with pytest.raises(UsageProblem, match='Exchange the two; or say input="probs"') as caught:
            losscli.compute(name, truth, guess, **more)
        assert (caught.value.kind, caught.value.options) == ("exchanged", ("input",))
        assert math.isfinite(losscli.compute(name, guess, truth, **more).value)
    said = losscli.compute("log_loss", truth, guess, input="probs")
    assert said.value == math.inf
    assert "the other way round?" in said.notes[-1]
    assert "the other way round?" in losscli.compute("brier", truth, guess).notes[-1]  # the same number either way
    assert losscli.compute("log_loss", truth, truth).value == 0.0
    ran = cli("compute", "bce", "cancer/labels.npy", "cancer/probs.npy", "--like", "torch")
    assert (ran.code, ran.out) == (2, "")
    assert "Exchange the two; or say --input logits" in ran.err
