"""Columns of text without a header count from 0, unless what is named fits only counting from 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("5.1,0.5,0\n4.9,0.25,1\n6.5,1.5,2\n", encoding="utf-8")
    np.save(tmp_path / "zero.npy", np.zeros(3))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("zero.npy t.csv::0", 5.5),
        ("zero.npy t.csv::1", 0.75),
        ("zero.npy t.csv::2", 1.0),
        ("zero.npy t.csv::3", 1.0),  # there is no third one counted from 0
        ("t.csv --pred 1 --label 3", 4.5),  # both are counted from 1
        ("t.csv --pred 0 --label 2", 4.5),
        ("t.csv::2 ::3", 1.75 / 3),
    ],
)
def test_all_that_is_named_is_counted_alike(cli: Callable[..., Any], files: Path, words: str, value: float) -> None:
    code, out, err = cli("compute", "mae", *words.split(), "--format", "value")
    assert code == 0, err
    assert float(out) == pytest.approx(value)
    assert ("counted from 1, 1 to 3" in err) == words.endswith("3")


def test_a_number_that_is_no_column_is_an_error(cli: Callable[..., Any], files: Path) -> None:
    for words in ("zero.npy t.csv::4", "t.csv --pred 0 --label 3"):
        code, _, err = cli("compute", "mae", *words.split())
        assert code == 2
        assert "It has: 0, 1, 2." in err
