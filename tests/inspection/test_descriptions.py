"""`inspect`: what it says of files, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documents import masked, parse
from inspected import ids
from mispaired import sample
from printed_numbers import numbers_of

import losscli
from losscli.core.arrays.inputs import Ragged
from losscli.core.diagnostics import NOTE
from losscli.inspection import held_rows as sampling
from losscli.inspection import inspect_files as inspecting
from losscli.inspection.column_stats import ColumnStats
from losscli.inspection.held_rows import as_text
from losscli.inspection.order.class_order import assignment
from losscli.report.renderers import as_plain, as_table


def kinds(values: Any) -> list[str]:
    return [kind.kind for kind in losscli.inspect(values).inputs[0].kinds]


# -- descriptions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0.5, -2.0, 3.0], "logits"),
        ([0.1, 0.9, 0.5], "probs"),
        ([[0.1, 0.9], [0.5, 0.5]], "probs"),
        ([[-0.105360516, -2.302585], [-0.6931472, -0.6931472]], "logprobs"),
        ([0, 1, 1], "labels 0/1"),
        ([-1, 1, 1], "labels -1/1"),
        ([[0, 1], [1, 0]], "one-hot"),
        ([0, 1, 2, 0, 1, 2], "class numbers from 0"),
        ([1, 2, 3, 3, 2, 1], "class numbers from 1"),
        ([1.5, 20.0, 3.0], "values"),
        ([[0.5, -0.25], [0.1, -0.9]], "cosines"),
        ([25, 100, 346], "values"),
    ],
)
def test_kinds_that_values_suggest(values: Any, kind: str) -> None:
    assert kinds(values)[0] == kind


def test_numbers_of_a_description() -> None:
    values = np.array([1.0, 2.0, 2.0, np.nan, np.inf, 5.0])
    (found,) = losscli.inspect(values).inputs
    assert (found.minimum, found.maximum, found.mean, found.distinct) == (1.0, 5.0, 2.5, 3)
    assert found.deviation == pytest.approx(np.std([1, 2, 2, 5]))
    assert found.counts == {"nan": 1, "infinite": 1, "missing": 0}
    assert sum(found.sketch) == 4


def test_a_description_is_the_same_in_any_blocks() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(1e6, 1.0, size=100_000)
    whole, parts = ColumnStats(), ColumnStats()
    whole.add(values, None)
    for at in range(0, len(values), 777):
        parts.add(values[at : at + 777], None)
    one, other = (tally.described("column", "x", "array", "float64", (100_000,)) for tally in (whole, parts))
    assert one.deviation == pytest.approx(values.std(), rel=1e-9)
    assert other.deviation == pytest.approx(one.deviation, rel=1e-9)
    assert other.mean == pytest.approx(values.mean(), rel=1e-12)
    assert (one.minimum, one.maximum, one.distinct) == (other.minimum, other.maximum, other.distinct)
    assert sum(part.size for part in parts._sample) <= 1 << 14


def test_lists_of_differing_length_and_empty_arrays() -> None:
    ragged = Ragged(np.array([1, 2, 3]), np.array([0, 1, 3]))
    (found,) = losscli.inspect(ragged).inputs
    assert (found.maximum, found.shape[0]) == (3.0, 2)
    (empty,) = losscli.inspect(np.zeros((0,))).inputs
    assert (empty.minimum, empty.shape, empty.kinds) == (None, (0,), ())


def test_all_columns_of_a_file(cli: Any) -> None:
    found = parse(cli("inspect", "digits/digits.csv", "--json").out)
    assert [each["role"] for each in found["results"]][:2] == ["column", "column"]
    assert found["results"][-1]["dtype"] == "text"
    diabetes = parse(cli("inspect", "diabetes/diabetes.csv", "--json").out)
    assert [each["role"] for each in diabetes["results"]] == ["predictions", "labels", "column", "column"]
    lists = parse(cli("inspect", "ctc/ctc.parquet", "--json").out)
    assert lists["results"][0]["name"] == "ctc/ctc.parquet column labels"


@pytest.mark.parametrize("loss", [(), ("-l", "ce")])
def test_names_of_classes(cli: Any, loss: tuple[str, ...]) -> None:
    settings = ("--label", "name", "--input", "probs", *loss)
    assert cli("inspect", "digits/digits.parquet", "--pred", "p_*", *settings).code == 0
    names = "one,zero,two,three,four,five,six,seven,eight,nine"
    ran = cli("inspect", "digits/digits.parquet", "--pred", "p_*", "--classes", names, *settings, "--json")
    assert ran.code == 0, "columns stand in the order of the classes"
    shuffled = ",".join(f"p_{name}" for name in names.split(","))
    ran = cli("inspect", "digits/digits.parquet", "--pred", shuffled, "--label", "label", "--input", "probs", "--json")
    (alarm,) = parse(ran.out)["alarms"]
    assert alarm["id"] == "classes-permuted"
    assert alarm["mend"].startswith(
        "losscli compute LOSS digits/digits.parquet --label label --pred p_zero,p_one,p_two"
    )


def test_a_file_larger_than_memory_is_looked_at_in_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sampling, "WHOLE", 10_000)
    monkeypatch.setattr(sampling, "MOST", 4_096)
    monkeypatch.setattr(inspecting, "ELEMENTS", 4_096)
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=60_000)
    pred = np.where(label == 1, 1.0, -1.0) + rng.normal(size=60_000)
    cases = {
        "labels-shifted": np.roll(label, 1),
        "rows-reversed": label[::-1],
        "labels-in-text-order": label[as_text(60_000, 1, np.arange(60_000))],
        None: label,
    }
    np.save(tmp_path / "p.npy", pred)
    for alarm, labels in cases.items():
        np.save(tmp_path / "y.npy", labels)
        found = losscli.inspect(tmp_path / "p.npy", tmp_path / "y.npy")
        assert ids(found) == ({alarm} if alarm else set())
        assert "of 60000 rows" in found.warnings[0]


def test_rows_with_nan_are_left_out_of_the_preflight() -> None:
    pred, label = sample("cancer/logits").copy(), sample("cancer/labels")
    pred[[3, 77]] = np.nan
    assert losscli.inspect(pred, label).alarms == []
    assert ids(losscli.inspect(pred, np.roll(label, 2))) == {"labels-shifted"}


def test_a_row_taken_for_a_header(tmp_path: Path, cli: Any) -> None:
    (tmp_path / "p.csv").write_text("".join(f"{i / 7:.3f}\n" for i in range(1, 40)))
    found = parse(cli("inspect", tmp_path / "p.csv", "--header", "yes", "--json").out)
    assert [alarm["id"] for alarm in found["alarms"]] == ["eaten-header"]
    assert parse(cli("inspect", tmp_path / "p.csv", "--json").out)["alarms"] == []


def test_ids_side_by_side(tmp_path: Path, cli: Any) -> None:
    (tmp_path / "p.csv").write_text("id,pred\n" + "".join(f"{i},{i / 10}\n" for i in range(40)))
    (tmp_path / "y.csv").write_text("id,label\n" + "".join(f"{39 - i},{i % 7}\n" for i in range(40)))
    found = parse(cli("inspect", tmp_path / "p.csv", tmp_path / "y.csv", "-l", "mse", "--json").out)
    alarm = next(each for each in found["alarms"] if each["id"] == "ids-differ")
    assert alarm["mend"].endswith("--join id")


# -- the command ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["table", "plain", "json"])
def test_goldens(cli: Any, golden: Any, monkeypatch: Any, format_: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ("inspect", "digits/probs.npy", "digits/labels.npy", "-l", "ce")
    ran = cli(*words, "--format", format_)
    assert (ran.code, ran.err) == (1, "")
    golden(f"inspect-{format_}", masked(ran.out), lambda: numbers_of(parse(cli(*words, "--json").out)))
    if format_ == "json":
        document = parse(ran.out)
        assert document["command"] == "inspect"
        assert [each["role"] for each in document["results"]] == ["predictions", "labels"]


def test_only_ascii_where_nothing_else_can_be_shown(cli: Any) -> None:
    for format_ in ("plain", "table", "json"):
        ran = cli("inspect", "cancer/logits.npy", "--format", format_, encoding="ascii")
        assert (ran.code, ran.out.isascii()) == (0, True)
        assert "\\u2" not in ran.out


def test_exit_codes(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.roll(sample("cancer/labels"), 1))
    files = ("cancer/logits.npy", tmp_path / "y.npy")
    assert cli("inspect", *files).code == 1
    assert cli("inspect", *files, "--exit-zero").code == 0
    assert cli("inspect", "cancer/logits.npy", "cancer/labels.npy").code == 0
    assert cli("inspect", "cancer/logits.npy", "cancer/labels.npy", "-l", "hinge").code == 0, "a note is no finding"
    assert cli("inspect", "nonesuch.npy").code == 2
    assert cli("inspect", "cancer/logits.npy", "-l", "nonesuch").code == 2
    assert cli("inspect", "cancer/logits.npy", "-l", "dice", "--input", "scores").code == 2
    assert cli("inspect", "cancer/logits.npy", "--weight", "w").code == 2


def test_an_output_file_and_standard_input(cli: Any, tmp_path: Path) -> None:
    content = (Path("cancer/cancer.csv")).read_bytes()
    out = tmp_path / "found.json"
    ran = cli("inspect", "-", "--pred", "logit", "--label", "label", "-o", out, stdin=content)
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(out.read_text(encoding="utf-8"))["alarms"] == []


def test_hostile_names_are_shown_safely(tmp_path: Path, cli: Any) -> None:
    (tmp_path / "x.csv").write_text("a\x1b[31m,[bold]b\n1,2\n3,4\n")
    for format_ in ("plain", "table", "json"):
        ran = cli("inspect", tmp_path / "x.csv", "--format", format_)
        assert ran.code == 0
        assert "\x1b[31m" not in ran.out
        assert "[bold]b" in ran.out


def test_renderers_show_all() -> None:
    found = losscli.inspect(sample("digits/logits"), np.roll(sample("digits/labels"), 1))
    for width in (40, 80, 120):
        text = as_table.render_inspection(found, width=width, color=False)
        assert all(len(line) <= width for line in text.splitlines())
    assert found.alarms[0].evidence in as_plain.render_inspection(found)
    assert all(alarm.severity != NOTE for alarm in found.alarms) == found.has_alarms


# -- parts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 9, 10, 11, 100, 101, 1234])
@pytest.mark.parametrize("first", [0, 1])
def test_the_order_of_numbers_as_text(count: int, first: int) -> None:
    assert as_text(count, first, np.arange(count)).tolist() == [
        int(s) - first for s in sorted(map(str, range(first, first + count)))
    ]


def test_assignment_is_the_best() -> None:
    from itertools import permutations

    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 5):
        for _ in range(20):
            table = rng.normal(size=(size, size))
            best = max(sum(table[p[c], c] for c in range(size)) for p in permutations(range(size)))
            assert table[assignment(table), np.arange(size)].sum() == pytest.approx(best)
