"""The table of the libraries' losses: every name has a loss or a reason, and a newer release is noticed on demand."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from fnmatch import fnmatch
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "docs"))

import libraries_page
import library_names

from losscli.core.registry import everything

ABOUT = json.loads(library_names.NAMES.read_text(encoding="utf-8"))
REASONS = json.loads(libraries_page.REASONS.read_text(encoding="utf-8"))


def test_every_name_has_a_loss_or_a_reason() -> None:
    losses = everything()
    entries = libraries_page.entries(losses)
    assert {library: [each.name for each in rows] for library, rows in entries.items()} == {
        library: about["names"] for library, about in ABOUT.items()
    }
    for library, rows in entries.items():
        for row in rows:
            assert bool(row.losses) != bool(row.reason), f"{library} {row.name}"
            assert all(name in losses for name in row.losses), f"{library} {row.name}: {row.losses}"
            assert not row.like or row.like in losses[row.losses[0]].like, f"{library} {row.name}"
            assert not row.reason or " " in row.reason, f"{library} {row.name}: there is no loss {row.reason}"
    committed = (ROOT / "docs" / "libraries.md").read_text(encoding="utf-8")
    assert libraries_page.page(losses) == committed, "run docs/make.py"


def test_every_reason_is_of_a_name() -> None:
    for library, reasons in REASONS.items():
        for reason, patterns in reasons.items():
            for pattern in patterns:
                assert any(fnmatch(name, pattern) for name in ABOUT[library]["names"]), (
                    f"{library}: {pattern}, {reason}"
                )


def test_names_are_read_from_syntax_trees(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        'from .other import Loss as Named, _hidden\n__all__ = ["a"]\n__all__ += ["b"]\n'
        '@export("lib.losses.C", v1=["lib.losses.d"])\nclass C: pass\n'
        'def with_it(x, reduction="mean"): raise SystemExit\ndef _private(reduction): ...\ndef without(x): ...\n'
        'if form == "one": pass\nelif form in ("two",): pass\n'
    )
    assert list(library_names.listed(module)) == ["a", "b"]
    assert list(library_names.imported(module)) == ["Named"]
    assert sorted(library_names.exported(module, "export", "lib.losses.")) == ["C", "d"]
    assert list(library_names.defined(module, lambda node: "reduction" in library_names._arguments(node))) == [
        "with_it"
    ]
    assert list(library_names.compared(module, "form")) == ["one"]


@pytest.mark.slow
def test_installed_libraries_have_no_new_names() -> None:
    """Those of this interpreter, or of the folder that LOSSCLI_LIBRARIES names."""
    packages = Path(os.environ.get("LOSSCLI_LIBRARIES") or sysconfig.get_path("purelib"))
    if not library_names.names_of(packages):
        pytest.skip("none of the libraries is installed; LOSSCLI_LIBRARIES=SITE_PACKAGES names a folder")
    assert library_names.differences(packages) == []
