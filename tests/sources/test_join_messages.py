"""What is said of keys at fault, and pairing on the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import Ran, command, environment
from joined_rows import data, problem, save
from pyarrow import parquet

import losscli
from losscli.core.errors import DataProblem, UsageProblem

ON_DUPLICATE = 'on_duplicate="same" counts equal rows once, first takes the first of them.'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli_here(cli: Callable[..., Ran], here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The program, run in the test's folder."""
    monkeypatch.chdir(here)
    return cli


# -- what is said -------------------------------------------------------------------------------------------


def test_a_key_that_stands_twice_names_both_rows() -> None:
    save("p.csv", {"id": ["a", "b", "c", "b", "a"], "pred": [1.0] * 5})
    save("y.parquet", {"id": [5, 7, 6, 7], "y": [1.0] * 4})
    save("q.csv", {"id": [5, 6, 7], "pred": [1.0] * 3})
    said = problem(DataProblem, "p.csv", "y.parquet")
    assert said == "p.csv has the id 'b' in rows 1 and 3 (from 0). A join needs each key once: " + ON_DUPLICATE
    for on_missing in ("error", "drop"):
        said = problem(DataProblem, "q.csv", "y.parquet", on_missing=on_missing)
        assert said == "y.parquet has the id 7 in rows 1 and 3 (from 0). A join needs each key once: " + ON_DUPLICATE


def test_a_missing_key_names_file_key_and_row() -> None:
    save("p.csv", {"id": ["a", "b", "c", "d"], "pred": [1.0] * 4})
    save("y.csv", {"id": ["d", "x", "a"], "y": [1.0] * 3})
    said = problem(DataProblem, "p.csv", "y.csv")
    assert said == (
        "p.csv has the id 'b' in row 1 (from 0), which y.csv lacks (2 matched, 2 only in p.csv, 1 only in y.csv). "
        'on_missing="drop" leaves such rows out.'
    )
    save("p.csv", {"id": ["a", "d"], "pred": [1.0] * 2})
    assert problem(DataProblem, "p.csv", "y.csv").startswith(
        "y.csv has the id 'x' in row 1 (from 0), which p.csv lacks"
    )


def test_nothing_in_common() -> None:
    save("p.csv", {"id": ["007", "008"], "pred": [1.0] * 2})
    save("y.parquet", {"id": [7, 8], "y": [1.0] * 2})
    for on_missing in ("error", "drop"):
        said = problem(DataProblem, "p.csv", "y.parquet", on_missing=on_missing)
        assert said.startswith("p.csv and y.parquet have no id in common: the first are '007' and 7. Keys are compared")


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_rows_without_a_key(kind: str) -> None:
    ids: Any = np.array(["a", "b", ""]) if kind == "npz" else ["a", "b", None]
    save("p.csv", {"id": ["a", "b", "c"], "pred": [1.0] * 3})
    if kind == "csv":
        Path("y.csv").write_text("id,y\na,1\nb,1\n,1\n")
    else:
        save(f"y.{kind}", {"id": ids, "y": np.ones(3)})
    said = problem(DataProblem, "p.csv", f"y.{kind}", label="y")
    assert said == f"y.{kind}: column id, row 2 (from 0) is empty. A row without a key cannot be joined."
    save("n.parquet", {"id": pa.array([1, None, 2]), "y": np.ones(3)})
    assert "n.parquet: column id, row 1 (from 0) is empty" in problem(DataProblem, "n.parquet::y", "p.csv")


@pytest.mark.parametrize("ids", [np.array([1.0, 2.5]), np.array([[1, 2], [3, 4]])])
def test_keys_are_text_or_whole_numbers(ids: Any) -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2})
    save("y.npz", {"id": ids, "y": np.ones(2)})
    said = problem(DataProblem, "p.csv", "y.npz", label="y")
    assert "y.npz column id" in said


def test_truth_values_and_numbers_are_not_one_kind_of_key() -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2})
    save("y.npz", {"id": np.array([True, False]), "y": np.ones(2)})
    assert "holds true and false" in problem(DataProblem, "p.csv", "y.npz", label="y")


def test_wrong_requests() -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2, "y": [1.0] * 2})
    save("y.csv", {"id": [1, 2], "y": [1.0] * 2})
    assert "y.csv has no column idd. Did you mean id?" in problem(
        UsageProblem, save("q.csv", {"idd": [1, 2], "pred": [1.0] * 2}), "y.csv", join="idd"
    )
    assert "A key is a name, not a glob" in problem(UsageProblem, "p.csv", "y.csv", join="i*")
    assert "all columns come from p.csv" in problem(UsageProblem, "p.csv")
    assert "join names id twice" in problem(UsageProblem, "p.csv", "y.csv", join="id,id")
    assert "is the key, and would be among the label too" in problem(UsageProblem, "p.csv", "y.csv", label="id")
    assert "on_missing is for rows paired by key" in problem(UsageProblem, "p.csv", "y.csv", join=(), on_missing="drop")
    assert "on_missing must be one of error, drop" in problem(UsageProblem, "p.csv", "y.csv", on_missing="skip")


def test_members_of_unequal_length() -> None:
    save("p.csv", {"id": [1, 2], "pred": [1.0] * 2})
    np.savez("y.npz", id=np.arange(1, 3), y=np.ones(3))
    assert "y.npz: y has 3 rows, and the key beside it 2" in problem(DataProblem, "p.csv", "y.npz", label="y")


@pytest.mark.parametrize("ordered", [True, False])
def test_a_bad_value_is_told_by_its_own_files_row_and_key(ordered: bool) -> None:
    ids = np.arange(100) if ordered else np.random.default_rng(0).permutation(100)
    pred, label = np.ones(100), np.ones(100)
    order = np.arange(5, 100) if ordered else np.random.default_rng(1).permutation(100)[5:]
    label[60 if ordered else order[40]] = np.nan
    at = 55 if ordered else 40
    save("p.csv", {"id": ids, "pred": pred})
    save("y.parquet", {"id": ids[order], "y": label[order]})
    said = problem(DataProblem, "p.csv", "y.parquet", on_missing="drop")
    assert said.startswith(f"y.parquet column y has NaN in row {at} (from 0), id '{ids[order][at]}'.")
    with pytest.raises(DataProblem, match=rf"has NaN in row {at} \(from 0\), id '{ids[order][at]}'"):
        losscli.compute("mae", "p.csv", "y.parquet", join="id", on_missing="drop")


def test_nulls_follow_their_policy() -> None:
    save("p.csv", {"id": [3, 1, 2], "pred": [3.0, 1.0, 2.0]})
    save("y.parquet", {"id": [1, 2, 3], "y": pa.array([1.5, None, 3.5])})
    assert "y.parquet column y has no value in row 1 (from 0), id '2'" in problem(DataProblem, "p.csv", "y.parquet")
    found = losscli.compute("mae", "p.csv", "y.parquet", join="id", missing="omit")
    assert (found.value, found.n, found.counts["missing"]) == (0.5, 2, 1)


# -- the command line ---------------------------------------------------------------------------------------


def test_the_report_counts(cli_here: Callable[..., Ran], here: Path) -> None:
    import jsonschema

    save("p.csv", {"id": [1, 2, 3, 4], "pred": [1.0] * 4})
    save("y.csv", {"id": [4, 3, 9, 2, 8], "y": [1.0] * 5})
    arguments = ("compute", "mse", "p.csv", "y.csv", "--join", "id", "--on-missing", "drop")
    ran = cli_here(*arguments, "--json")
    document = json.loads(ran.out)
    counts = {"matched": 3, "left_only": 1, "right_only": 2}
    assert document["results"][0]["pairing"] == {"by": ["id"], "on_missing": "drop", **counts}
    assert document["request"] == {"join": ["id"], "on_missing": "drop"}
    assert [each["shape"] for each in document["inputs"]] == [[4], [5]]
    said = "by id: 3 matched, 1 only in the predictions' file, 2 only elsewhere"
    assert f"note: Paired {said}." in ran.err
    schema = Path(losscli.__file__).parent / "report" / "schemas" / "report.schema.json"
    jsonschema.validate(document, json.loads(schema.read_text()))
    for kind in ("plain", "table"):
        out = " ".join(cli_here(*arguments, "--format", kind).out.replace("│", " ").split())
        assert f"paired {said}" in out
    (here / "r.json").write_text(ran.out)
    assert cli_here("verify", "r.json").code == 0
    ran = cli_here("compute", "mse", "p.csv", "y.csv", "--join", "id", "--quiet")
    assert (ran.code, ran.out) == (3, "")
    assert "--on-missing drop leaves such rows out" in ran.err
    ran = cli_here("compute", "mse", "p.csv", "y.csv", "--on-missing", "drop")
    assert ran.code == 2
    assert (
        json.loads(cli_here("compute", "mse", "p.csv::pred", "p.csv::pred", "--json").out)["results"][0]["pairing"]
        is None
    )


def test_reconcile_joins_too(cli_here: Callable[..., Ran]) -> None:
    ids, pred, label, _ = data(50)
    save("p.csv", {"id": ids, "pred": pred})
    save("y.csv", {"id": ids[::-1], "y": label[::-1]})
    value = losscli.compute("mse", pred, label).value
    ran = cli_here("reconcile", "mse", "p.csv", "y.csv", "--join", "id", "--expect", f"{value:.6g}")
    assert (ran.code, "Paired by id: 50 matched" in ran.err) == (0, True)
    assert losscli.reconcile("mse", "p.csv", "y.csv", join="id", expect=f"{value:.6g}")


def test_other_ids_by_position_are_noted(cli_here: Callable[..., Ran]) -> None:
    save("p.csv", {"id": [1, 2, 3], "pred": [1.0] * 3})
    save("y.parquet", {"id": [1, 3, 2], "y": [1.0] * 3})
    ran = cli_here("compute", "mse", "p.csv", "y.parquet")
    assert ran.code == 0
    assert (
        "note: p.csv and y.parquet are paired by position, but column id differs in row 1 (from 0). "
        "--join id pairs by key." in ran.err
    )
    save("y.parquet", {"id": [1, 2, 3], "y": [1.0] * 3})
    assert "paired" not in cli_here("compute", "mse", "p.csv", "y.parquet").err


@pytest.fixture(scope="module")
def long_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two files with many rows in opposite order."""
    folder = tmp_path_factory.mktemp("long")
    ids, pred, label, _ = data(1_000_000)
    names = pa.array([f"user-{i:020d}" for i in ids.tolist()])
    parquet.write_table(pa.table({"id": names, "pred": pred}), folder / "p.parquet")
    parquet.write_table(pa.table({"id": names[::-1], "y": label[::-1]}), folder / "y.parquet")
    return [str(folder / "p.parquet"), str(folder / "y.parquet")]


@pytest.fixture
def slow_join(here: Path, long_files: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A join on its way, with its temporary file open."""
    (here / "tmp").mkdir()
    arguments = command("compute", "mse", *long_files, "--join", "id", "--max-memory", "120M")
    running = subprocess.Popen(arguments, env=environment(TMPDIR=str(here / "tmp")), stderr=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def has_nameless_file(process: int, folder: Path) -> bool:
    """Whether the process has a file of this folder open that has no name there."""
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        with suppress(OSError):  # closed meanwhile
            link = os.readlink(f"/proc/{process}/fd/{descriptor}")
            # Python's own probe of the folder has a name for an instant
            if str(folder) in link and "(deleted)" in link:
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at open files in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_no_file_is_left_by_a_signal(
    slow_join: subprocess.Popen[bytes], here: Path, number: signal.Signals, code: int
) -> None:
    until = time.monotonic() + 300
    while not (opened := has_nameless_file(slow_join.pid, here / "tmp")) and time.monotonic() < until:
        assert slow_join.poll() is None
        time.sleep(0.001)
    assert opened, "the join did not go to disk"
    slow_join.send_signal(number)
    slow_join.wait(300)
    assert slow_join.returncode == code
    assert not list((here / "tmp").iterdir())


MEASURED = """
import sys, losscli
result = losscli.compute("mse", sys.argv[1], sys.argv[2], join="id")
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(result.value.hex(), result.stderr.hex(), result.n, peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory in /proc")
@pytest.mark.parametrize("right", ["parquet", "csv"])
def test_ten_million_shuffled_rows_stay_within_a_gibibyte(right: str) -> None:
    from pyarrow import csv as arrow_csv

    ids, pred, label, _ = data(10_000_000)
    order = np.random.default_rng(1).permutation(len(ids))
    save("p.parquet", {"id": ids, "pred": pred})
    table = pa.table({"id": ids[order], "y": label[order]})
    if right == "csv":
        arrow_csv.write_csv(table, "y.csv")
    else:
        parquet.write_table(table, "y.parquet")
    arguments = [sys.executable, "-c", MEASURED, "p.parquet", f"y.{right}"]
    ended = subprocess.run(arguments, env=environment(), capture_output=True, text=True, check=True)
    value, stderr, rows, peak = ended.stdout.split()
    want = losscli.compute("mse", pred, label)
    assert want.value is not None
    assert want.stderr is not None
    assert (value, stderr, rows) == (want.value.hex(), want.stderr.hex(), "10000000")
    assert int(peak) < 1 << 20, f"{int(peak) >> 10} MiB"
