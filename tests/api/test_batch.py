"""`batch`: a record of each loss of each data set, failures, gates, and shared tables."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_data import ALL, ROWS, SUITE, records

import losscli
from losscli.sources.datasets.table_cache import TableCache
from losscli.sources.open import ReadOptions

# -- results --------------------------------------------------------------------------------------------


def test_each_loss_of_each_data_set_is_a_line(batch: Any, data: Path) -> None:
    code, out, err = batch(*ALL)
    assert (code, err) == (0, "")
    found = records(out)
    assert [(each["dataset"], each["loss"]) for each in found] == [
        (f"p{i}.npy", loss) for i in range(4) for loss in ("mse", "huber")
    ]
    for each in found:
        params = {"delta": 0.5} if each["loss"] == "huber" else {}
        alone = losscli.compute(each["loss"], str(data / each["dataset"]), str(data / "y.npy"), **params)
        assert (each["value"], each["stderr"], each["signature"]) == (alone.value, alone.stderr, alone.signature)
        assert (each["command"], each["status"], each["n"]) == ("batch", "ok", ROWS)
        assert [file["path"] for file in each["inputs"]] == [each["dataset"], "y.npy"]
        assert all(len(file["sha256"]) == 64 for file in each["inputs"])


def test_lines_fit_the_schema_of_results(batch: Any) -> None:
    import jsonschema

    from losscli.report import schemas

    schema = json.loads(schemas.text("report"))
    for line in records(batch(*ALL, "gone.npy", "--keep-going").out):
        document = {name: line.pop(name) for name in ("schema_version", "tool", "command", "inputs")}
        line.pop("request", None)
        jsonschema.validate({**document, "results": [line], "warnings": [], "elapsed_s": 0}, schema)


@pytest.mark.parametrize("jobs", [2, 5])
def test_jobs_at_a_time_change_nothing(batch: Any, jobs: int) -> None:
    one, several = batch(*ALL), batch(*ALL, "--jobs", jobs)
    assert one == several
    wrong = ("p0.npy", "gone.npy", "p1.npy", "--labels", "y.npy", "-l", "mse")
    assert batch(*wrong) == batch(*wrong, "--jobs", jobs)
    assert batch(*wrong, "--keep-going") == batch(*wrong, "--keep-going", "--jobs", jobs)


def test_one_table_for_all_losses_is_read_once(batch: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    lines = "".join(f"{a},{b},{w}\n" for a, b, w in rng.uniform(size=(300, 3)).tolist())
    (data / "all.csv").write_text("pred,label,w\n" + lines)
    from losscli.sources.formats.csv.csv_file import CsvTable

    readings = []
    blocks = CsvTable.blocks
    monkeypatch.setattr(CsvTable, "blocks", lambda self, *given: readings.append(1) or blocks(self, *given))
    code, out, err = batch("all.csv", "-l", "mse", "-l", "mae", "-l", "huber", "-l", "l2", "--weight", "w", "-q")
    assert (code, err, len(readings)) == (0, "", 1)
    assert len(records(out)) == 4


def test_losses_of_other_roles_have_a_reading_of_their_own(cli: Any) -> None:
    code, out, _ = cli(
        "batch", "faces/embeddings.npy", "--labels", "faces/labels.npy", "-l", "center", "-l", "triplet:mining=hard",
        "-l", "cosface:class_weights_matrix=faces/class_weights_matrix.npy",
        "-l", "arcface:class_weights_matrix=faces/class_weights_matrix.npy,scale=8",
    )  # fmt: skip
    assert code == 0
    for each, (loss, params) in zip(
        records(out),
        (
            ("center", {}),
            ("triplet", {"mining": "hard"}),
            ("cosface", {"class_weights_matrix": "faces/class_weights_matrix.npy"}),
            ("arcface", {"class_weights_matrix": "faces/class_weights_matrix.npy", "scale": 8.0}),
        ),
        strict=True,
    ):
        alone = losscli.compute(loss, "faces/embeddings.npy", "faces/labels.npy", **params)
        assert (each["loss"], each["value"]) == (loss, alone.value)


def test_options_of_a_loss_come_before_those_of_all(cli: Any) -> None:
    code, out, _ = cli(
        "batch", "cancer/logits.npy", "--labels", "cancer/labels.npy", "-l", "bce:like=torch", "-l", "bce:reduction=sum",
        "-l", "focal", "--like", "optax",
    )  # fmt: skip
    assert code == 0
    assert [each["like"] for each in records(out)] == ["torch", "optax", "optax"]
    assert [each["reduction"] for each in records(out)] == ["mean", "sum", "mean"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_rows_are_paired_by_key(cli: Any, jobs: int) -> None:
    code, out, _ = cli(
        "batch", "joined/preds.csv", "joined/../joined/preds.csv", "--labels", "joined/labels.parquet", "--weight", "weight",
        "--join", "id", "--on-missing", "drop", "-l", "mse", "-l", "mae", "--jobs", jobs, "-q",
    )  # fmt: skip
    assert code == 0
    found = records(out)
    assert len(found) == 4
    alone = losscli.compute(
        "mse", "joined/preds.csv", "joined/labels.parquet", weight="weight", join="id", on_missing="drop"
    )
    assert {each["value"] for each in found if each["loss"] == "mse"} == {alone.value}
    assert found[0]["pairing"]["matched"] == 430


def test_classes_by_file(batch: Any, data: Path) -> None:
    rng = np.random.default_rng(2)
    np.save(data / "z.npy", rng.normal(size=(ROWS, 3)))
    np.save(data / "c.npy", rng.integers(0, 3, ROWS))
    np.save(data / "w.npy", np.array([1.0, 2.0, 3.0]))
    code, out, _ = batch("z.npy", "--labels", "c.npy", "-l", "focal", "-l", "ce:class_weights=w.npy")
    alone = losscli.compute("ce", str(data / "z.npy"), str(data / "c.npy"), class_weights=[1.0, 2.0, 3.0])
    assert (code, records(out)[1]["value"]) == (0, alone.value)


def test_rows_are_lines(batch: Any) -> None:
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mse:reduction=none", "-l", "mae")
    found = records(out)
    assert (code, len(found)) == (0, ROWS + 1)
    assert found[0].keys() == {"dataset", "loss", "row", "value"}


@pytest.mark.parametrize("format_", ["table", "plain", "json", "csv", "tsv", "markdown", "value"])
def test_every_format(batch: Any, format_: str) -> None:
    code, out, err = batch(*ALL, "--format", format_)
    assert (code, err) == (0, "")
    expected = records(batch(*ALL).out)[0]["value"]
    if format_ == "value":
        assert float(out.splitlines()[0]) == expected
        assert len(out.splitlines()) == 8
    else:
        assert "p0.npy" in out
        assert f"{expected:.7f}"[:8] in out


def test_reports_beside_the_lines(batch: Any, data: Path) -> None:
    code, out, _ = batch(*ALL, "gone.npy", "--keep-going", "--report", "junit=r.xml", "--report", "json=r.json")
    assert (code, len(records(out))) == (4, 10)
    assert "gone.npy" in (data / "r.xml").read_text()
    document = json.loads((data / "r.json").read_text())
    assert [each["status"] for each in document["results"]].count("error") == 2


# -- failures and gates ---------------------------------------------------------------------------------


def test_the_first_failure_ends_the_run_after_its_record(batch: Any) -> None:
    code, out, err = batch("p0.npy", "gone.npy", "p1.npy", "--labels", "y.npy", "-l", "mse")
    assert code == 2
    ok, bad = records(out)
    assert (ok["status"], bad["status"], bad["dataset"], bad["value"]) == ("ok", "error", "gone.npy", None)
    assert bad["error"] == "There is no file gone.npy. Did you mean p0.npy?" or bad["error"].startswith("There is no")
    assert err.splitlines()[0] == f"losscli: gone.npy: {bad['error']}"


def test_keep_going(batch: Any, data: Path) -> None:
    np.save(data / "short.npy", np.zeros(3))
    code, out, err = batch("p0.npy", "short.npy", "p1.npy", "--labels", "y.npy", "-l", "mse", "--keep-going")
    assert code == 4
    assert [each["status"] for each in records(out)] == ["ok", "error", "ok"]
    assert err.endswith("losscli: 3 results, 1 failed.\n")
    zero = batch("p0.npy", "short.npy", "--labels", "y.npy", "-l", "mse", "--keep-going", "--exit-zero")
    assert zero.code == 0


def test_when_all_fail(batch: Any, data: Path) -> None:
    np.save(data / "short.npy", np.zeros(3))
    assert batch("short.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae", "--keep-going").code == 3
    assert batch("short.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae").code == 3
    assert batch("gone.npy", "--labels", "y.npy", "-l", "mse", "--keep-going").code == 2


def test_a_loss_that_fails_leaves_the_others(batch: Any, data: Path) -> None:
    np.save(data / "b.npy", np.full(ROWS, 2))
    code, out, _ = batch("p0.npy", "--labels", "b.npy", "-l", "bce", "-l", "mse", "--keep-going")
    assert code == 4
    bad, ok = records(out)
    assert (bad["loss"], bad["status"], ok["status"]) == ("sigmoid_cross_entropy", "error", "ok")
    assert "row 0" in bad["error"]


def test_a_bug_is_a_record_and_exit_code_70(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.core import registry

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(registry.find("mae"), "kernel", broken)
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mae", "-l", "mse", "--keep-going")
    assert code == 70
    assert [each["status"] for each in records(out)] == ["error", "ok"]
    assert "This is a bug in losscli: RuntimeError: broken" in records(out)[0]["error"]


def test_gates(batch: Any, data: Path) -> None:
    (data / "s.toml").write_text(SUITE.format(mse=100))
    assert batch("s.toml").code == 0
    (data / "s.toml").write_text(SUITE.format(mse=0.01))
    code, out, err = batch("s.toml")
    assert code == 1
    (check,) = records(out)[0]["checks"]
    assert (check["name"], check["passed"], check["limit"]) == ("mse <= 0.01", False, 0.01)
    assert "is above 0.01" in err
    assert batch("s.toml", "--exit-zero").code == 0


def test_gates_of_the_command_line(batch: Any) -> None:
    assert batch(*ALL, "--max", "100").code == 0
    code, out, _ = batch(*ALL, "--max", "mse=0.01")
    assert code == 1
    assert [bool(each["checks"]) for each in records(out)] == [True, False] * 4
    for wrong in ("mae=1", "mse", "mse=x"):
        assert batch(*ALL, "--max", wrong).code == 2
    assert batch(*ALL, "--max", "1", "--max", "mse=1").code == 2


def test_intervals(batch: Any, data: Path) -> None:
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae", "--ci", "90")
    assert code == 0
    for each in records(out):
        alone = losscli.compute(each["loss"], str(data / "p0.npy"), str(data / "y.npy"), ci=0.9)
        assert each["ci"] == alone.ci
    assert (
        batch("p0.npy", "--labels", "y.npy", "-l", "mse:reduction=none", "-l", "mae", "--ci", "90", "--keep-going").code
        == 4
    )


def test_a_wrong_convention_of_one_loss_leaves_the_others(batch: Any) -> None:
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mse:like=kers", "-l", "mae", "--keep-going")
    assert (code, [each["status"] for each in records(out)]) == (4, ["error", "ok"])


# -- shared tables --------------------------------------------------------------------------------------


def test_the_shelf_keeps_what_is_asked_for_again(data: Path) -> None:
    shelf, path = TableCache(), str(data / "y.npy")
    first, second, third = (shelf.open(path, ReadOptions()) for _ in range(3))
    assert first is not second
    assert second.cached is third.cached
    first.close()
    np.save(path, np.zeros(3))
    changed = shelf.open(path, ReadOptions())
    assert changed.rows == 3
    for table in (second, third, changed):
        table.close()
    assert shelf.sha256(path) == shelf.sha256(path)
    assert shelf.sha256(str(data / "gone")) is None
    shelf.close()


def test_the_shelf_makes_room(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.sources.datasets.table_cache.ROOM", 1000)
    shelf = TableCache()
    for name in ("p0", "p1", "p2"):
        for _ in range(2):
            shelf.open(str(data / f"{name}.npy"), ReadOptions()).close()
    assert len(shelf._tables) == 1
    lease = shelf.open(str(data / "p2.npy"), ReadOptions())
    for _ in range(2):  # a joined frame closes its tables twice
        lease.close()
    assert lease.cached.users == 0
    shelf.close()


def test_what_is_too_large_is_read_anew(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.sources.datasets.table_cache.SMALL", 150)  # four times that is kept in memory
    (data / "t.csv").write_text("y\n" + "1\n" * 70)
    from losscli.sources.table import Pick

    shelf = TableCache()
    tables = [shelf.open(str(data / "t.csv"), ReadOptions()) for _ in range(2)]
    for size in (10, 1000):
        for _ in range(2):
            blocks = [load().arrays["y"] for load in tables[1].blocks({"y": Pick(("y",))}, size)]
            assert sum(map(len, blocks)) == 70
    for table in tables:
        table.close()
    shelf.close()
