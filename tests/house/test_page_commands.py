"""Every command that the README, How do I ...? and Files and pairing show is run as it is written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

PAGES = ("README.md", "docs/howto.md", "docs/data.md")
FINDINGS = {"losscli inspect": (0, 1), "losscli reconcile": (0, 1), "losscli compare": (0,)}


def commands(page: str) -> list[str]:
    """The losscli lines of a page's shell blocks, without their comments."""
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in lines if line.startswith("losscli ")]


@pytest.fixture
def here(tmp_path: Path, sample_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sample_data").symlink_to(sample_data, target_is_directory=True)
    for folder in ("predicted", "true"):  # of the reader, a mask a file
        (tmp_path / folder).mkdir()
        for number in (1, 2):
            np.save(tmp_path / folder / f"scan_{number}.npy", np.eye(4))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("page", "line"), [(page, line) for page in PAGES for line in commands(page)])
def test_the_command_works(cli: Any, here: Path, page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    piped = b""
    if "<" in words:
        at = words.index("<")
        words, piped = words[:at], (here / words[at + 1]).read_bytes()
    ran = cli(*words, stdin=piped)
    allowed = next((codes for start, codes in FINDINGS.items() if line.startswith(start)), (0,))
    assert ran.code in allowed, ran.err
    assert ran.out or "--per-sample" in line


def test_there_are_enough_of_them() -> None:
    assert len(commands("README.md")) >= 10
    assert len(commands("docs/howto.md")) >= 16
    assert len(commands("docs/data.md")) >= 14


def test_the_readme_can_be_read_in_a_few_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 100


def test_a_glossary_defines_each_term_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"(?m)^\*\*(.+?)\.\*\*", text)
    assert len(terms) == len(set(terms)) >= 20
    needed = {
        "Standard error",
        "Weight",
        "Denominator",
        "Kind of input",
        "SPEC",
        "Convention",
        "Guard",
        "Pooled",
        "Term",
    }
    assert needed <= set(terms)
