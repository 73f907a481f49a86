"""What `inspect` promises of files, held to it by simulation: sound ones are not accused, spoilt ones are told.

The quick runs are part of every test run; the tables of docs/inspect.md are made by tests/simulate_inspection.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inspected import ids
from inspection_sound import KINDS, autoregressive, real
from inspection_spoilt import MODELS, SPOILS
from simulate_inspection import accused, generator, missed

import losscli


@pytest.mark.parametrize("kind", KINDS)
def test_no_sound_kind_is_accused(kind: str) -> None:
    pred, label, settings = KINDS[kind](generator(kind), 400)
    assert losscli.inspect(pred, label, **settings).alarms == []


@pytest.mark.slow
def test_hardly_any_of_thousands_of_sound_data_sets_is_accused() -> None:
    count, named = accused((30, 100, 300, 1000, 3000), 14, seed=2)
    assert count > 4400
    assert len(named) <= 6, named


@pytest.mark.slow
def test_nine_in_ten_of_the_spoilt_are_found() -> None:
    results = missed((100, 300, 1000, 5000, 20_000), 3, seed=2)
    every = [seen for each in results.values() for seen in each]
    assert np.mean(every) > 0.9
    for size, share in ((300, 0.95), (1000, 0.98), (20_000, 0.98)):
        assert np.mean([seen for (_, n, _), each in results.items() if n == size for seen in each]) > share


TOLD = {
    "all labels shuffled": {"worse-than-constant"},
    "rolled by any amount": {"rows-rolled", "labels-shifted"},
    "halves exchanged": {"rows-rolled"},
    "files of a folder in another order": {"blocks-moved", "rows-rolled", "labels-shifted"},
    "interleaved by workers": {"predictions-by-worker", "labels-by-worker"},
    "a prefix shifted": {"labels-shifted", "blocks-moved"},
    "a third shuffled": {"part-unpaired"},
    "a block reversed": {"block-reversed"},
    "classes swapped in a part": {"classes-permuted", "labels-flipped"},
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_each_way_of_spoiling_is_named(spoil: str) -> None:
    for model, make in MODELS.items():
        rng = generator(spoil, model)
        if (spoilt := SPOILS[spoil](rng, *make(rng, 3000))) is not None:
            inspection = losscli.inspect(*spoilt)
            assert ids(inspection) <= TOLD[spoil], model
            assert len(inspection.alarms) == 1, model


def mended(inspection: Any, pred: Any, label: Any) -> tuple[Any, Any]:
    names = {"np": np, "predictions": pred, "labels": label}
    exec(inspection.alarms[0].mend, names)
    return names["predictions"], names["labels"]


@pytest.mark.parametrize("spoil", ["rolled by any amount", "halves exchanged", "interleaved by workers"])
@pytest.mark.parametrize("size", [500, 1999])
def test_the_fix_puts_every_row_back(spoil: str, size: int) -> None:
    rng = generator(spoil, size)
    label = rng.normal(size=size)
    spoilt = SPOILS[spoil](rng, real(rng, label, 0.9), label)
    assert spoilt is not None
    pred, again = mended(losscli.inspect(*spoilt), *spoilt)
    assert len(again) == size
    assert np.corrcoef(pred, again)[0, 1] > 0.85
    assert losscli.inspect(pred, again).alarms == []


@pytest.mark.parametrize("blocks", [3, 5, 8])
def test_the_fix_of_blocks_is_exact_but_for_ends_that_data_do_not_tell(blocks: int) -> None:
    rng = np.random.default_rng(blocks)
    label = rng.normal(size=5000)
    pred = real(rng, label, 0.9)
    order = np.concatenate(np.array_split(np.arange(5000), blocks)[::-1])
    inspection = losscli.inspect(pred, label[order])
    assert ids(inspection) == {"blocks-moved"}
    _, again = mended(inspection, pred, label[order])
    assert sorted(again) == sorted(label)
    assert np.mean(again == label) > 0.998


def test_a_block_that_is_turned_round_is_turned_back() -> None:
    rng = np.random.default_rng(0)
    label = rng.normal(size=2000)
    pred, spoilt = real(rng, label, 0.9), label.copy()
    spoilt[300:1200] = spoilt[300:1200][::-1]
    inspection = losscli.inspect(pred, spoilt)
    assert ids(inspection) == {"block-reversed"}
    assert np.mean(mended(inspection, pred, spoilt)[1] == label) > 0.99


def test_forecasts_of_many_series_are_not_called_shifted() -> None:
    """The best forecast goes with yesterday's value far better than with its own, and is right as it stands."""
    rng = np.random.default_rng(0)
    for turn in range(24):
        phi = (0.1, 0.3, 0.5, 0.7)[turn % 4]
        series = autoregressive(rng, (60, 300, 1500)[turn % 3] + 1, phi)
        assert losscli.inspect(phi * series[:-1], series[1:]).alarms == [], (turn, phi)


def test_forecasts_some_steps_ahead_are_not_called_shifted() -> None:
    """Their errors follow each other, so that a hundred rows are few: two of twelve such files were accused."""
    for turn in (0, 10):
        pred, label, _ = KINDS["series, five steps ahead of AR(1) 0.9"](
            generator("series, five steps ahead of AR(1) 0.9", 100, turn, 91001), 100
        )
        assert losscli.inspect(pred, label).alarms == []


def test_counts_that_are_mostly_zero_are_not_called_unpaired() -> None:
    name = "regression, mostly zeros"
    pred, label, _ = KINDS[name](generator(name, 300, 5, 91001), 300)
    assert losscli.inspect(pred, label).alarms == []


@pytest.mark.parametrize("start", [0, 8, 40, 60])
def test_a_part_is_seen_of_a_small_file_also_near_its_ends(start: int) -> None:
    """Fewer rows than a part must have stand before or after the spoilt ones, and belong together."""
    rng = np.random.default_rng(start)
    pred, label = MODELS["10 classes, 95 % right"](rng, 100)
    turned, shuffled, part = label.copy(), label.copy(), slice(start, start + 36)
    turned[part] = label[part][::-1]
    shuffled[part] = rng.permutation(label[part])
    assert ids(losscli.inspect(pred, turned)) == {"block-reversed"}
    assert ids(losscli.inspect(pred, shuffled)) == {"part-unpaired"}


def test_a_small_file_of_shuffled_labels_is_told() -> None:
    rng = np.random.default_rng(4)
    told = 0
    for _ in range(20):
        label = rng.normal(size=100)
        told += ids(losscli.inspect(real(rng, label, 0.9), rng.permutation(label))) == {"worse-than-constant"}
    assert told >= 12


def test_rows_that_are_paired_both_ways_count_once() -> None:
    """Exchanged halves pair two rows both ways, so that sums of products vary twice as much: chance is no forecast.

    One in a hundred such files was taken for a forecast, and found sound.
    """
    rng = np.random.default_rng(5)
    swapped = turned = 0
    for _ in range(40):
        label = rng.normal(size=600)
        pred = real(rng, label, 0.95)
        swapped += ids(losscli.inspect(pred, np.roll(label, 300))) == {"rows-rolled"}
        turned += ids(losscli.inspect(pred, label[::-1])) == {"rows-reversed"}
    assert swapped == 40
    assert turned == 40


def test_what_is_forecast_from_noise_is_shifted_only_where_it_claims_to_know() -> None:
    rng = np.random.default_rng(1)
    label = rng.normal(size=2000)
    assert ids(losscli.inspect(np.roll(real(rng, label, 0.8), 1), label)) == {"labels-shifted"}
    assert losscli.inspect(0.02 * np.roll(label, 1), label).alarms == []


def test_random_probabilities_beside_rare_labels_are_noted_not_accused() -> None:
    rng = np.random.default_rng(2)
    inspection = losscli.inspect(rng.random(2000), (rng.random(2000) < 0.1).astype(int), input="probs")
    assert inspection.alarms == []
    assert "a model that knows nothing" in inspection.warnings[0]


def test_a_large_file_is_looked_at_along_its_length(tmp_path: Any, cli: Any) -> None:
    """More than is held in memory: runs of rows, one of which has lost its labels."""
    rng = np.random.default_rng(3)
    label = rng.normal(size=2_400_000).astype(np.float32)
    pred = (0.8 * label + 0.4 * rng.normal(size=len(label))).astype(np.float32)
    label[:800_000] = rng.permutation(label[:800_000])
    np.save(tmp_path / "p.npy", pred)
    np.save(tmp_path / "y.npy", label)
    assert ids(losscli.inspect(tmp_path / "p.npy", tmp_path / "y.npy")) == {"part-unpaired"}
