"""The files of rows beside two reports: only those that a report was written with are used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gated_rows import BASE, JOINED, LABEL, SAME, WORSE, gater, maker, prepared, table

import losscli

folder, made, gated = map(pytest.fixture, (prepared, maker, gater))


def test_the_folder_is_all_it_takes(made: Any, gated: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The baseline's rows are looked for beside the baseline, wherever it lies and wherever the gate runs."""
    made("main", BASE)
    made("change", SAME)
    compared = losscli.compare("mse", BASE, SAME, LABEL)
    ends = f"[{compared.low:.3g}, {compared.high:.3g}]"
    assert ends in gated()[1]
    shutil.move(folder / "main", folder / "far")
    assert ends in gated(baseline="far/report.json")[1]
    monkeypatch.chdir(folder / "change")
    assert ends in gated(report="report.json", baseline="../far/report.json")[1]
    (folder / "far" / "rows.npy").unlink()  # never the report's own rows instead
    message = gated(report="report.json", baseline="../far/report.json")[1]
    assert "rows.npy, with the rows of the baseline, is not in ../far" in message


def test_relative_paths_are_from_the_reports_folder(cli: Any, gated: Any, folder: Path) -> None:
    (folder / "main" / "rows").mkdir()
    (folder / "change" / "rows").mkdir()
    for where, pred in (("main", BASE), ("change", WORSE)):
        np.save(f"{where}/p.npy", pred)
        words = ["--per-sample", f"{where}/rows/mse.npy", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "mse", f"{where}/p.npy", "y.npy", *words).code == 0
        document = json.loads(Path(f"{where}/report.json").read_text())
        document["results"][0]["per_sample"] = "rows/mse.npy"  # as it stands when the job ran in this folder
        Path(f"{where}/report.json").write_text(json.dumps(document))
    assert "paired by rows" in gated()[1]


def test_a_stale_file_is_not_used(made: Any, gated: Any) -> None:
    made("main", BASE)
    made("change", WORSE)
    shutil.copy("change/rows.npy", "main/rows.npy")
    code, message = gated()
    assert code == 0
    assert "not paired, since main/rows.npy holds other rows than those that the baseline was written with" in message
    assert "Compute it again with --per-sample FILE" in message


def test_a_file_shared_by_two_reports_is_not_used(cli: Any, gated: Any, folder: Path) -> None:
    for name, pred in (("a", BASE), ("b", WORSE)):
        np.save(f"{name}.npy", pred)
        words = ["--per-sample", "rows.npy", "--json", "-o", f"{name}.json"]
        assert cli("compute", "mse", f"{name}.npy", "y.npy", *words).code == 0
    message = gated(report="b.json", baseline="a.json")[1]
    assert "not paired, since rows.npy holds other rows" in message


def test_rows_that_do_not_add_up_are_not_used(made: Any, gated: Any) -> None:
    made("main", BASE)
    made("change", WORSE)
    document = json.loads(Path("main/report.json").read_text())
    document["results"][0]["value"] *= 1.001
    Path("main/report.json").write_text(json.dumps(document))
    assert "not paired, since the rows of the baseline give" in gated()[1]


def test_a_damaged_file_of_details(made: Any, gated: Any) -> None:
    made("main", table(BASE), *JOINED, "--cluster", "user")
    made("change", table(WORSE), *JOINED, "--cluster", "user")
    Path("main/rows.npy.detail.npz").write_bytes(b"PK")
    assert "not paired, since main/rows.npy.detail.npz holds other rows" in gated()[1]
    Path("main/rows.npy.detail.npz").unlink()
    assert "rows.npy.detail.npz, with the rows of the baseline, is not in main" in gated()[1]


def test_reports_of_before_are_read(made: Any, gated: Any) -> None:
    """Their rows say not what they are rows of: two values are compared."""
    made("main", BASE)
    made("change", WORSE)
    document = json.loads(Path("main/report.json").read_text())
    del document["results"][0]["per_sample_file"]
    Path("main/report.json").write_text(json.dumps(document))
    code, message = gated()
    assert code == 0
    assert "not paired, since the baseline does not say what the rows of main/rows.npy are" in message
