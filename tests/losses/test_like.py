"""`--like`: every golden value that a real framework printed, from losscli; where it is installed, fresh ones too."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from golden.case import Case, read
from golden.compare import FRESH, SMALL, allowed, deviation, exception, files, goldens, pairs, reported
from golden.exceptions import EXCEPTIONS

from losscli.core import registry
from losscli.core.declarations.conventions import FRAMEWORKS
from losscli.core.errors import LossCliError


@pytest.mark.parametrize(("framework", "loss"), pairs())
def test_goldens(framework: str, loss: str) -> None:
    wrong = []
    for case in goldens(framework):
        if case.loss != loss:
            continue
        try:
            far = deviation(case)
        except LossCliError as problem:
            if math.isfinite(allowed(case)):
                wrong.append(f"{case.id}: {problem}")
            continue
        if far > allowed(case):
            wrong.append(f"{case.id}: {reported(case)} is {far:.3g} x the tolerance from {case.expect} ({case.dtype})")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:40])


MODULES = {"tf1": "tensorflow", "monai": "monai", "smp": "segmentation_models_pytorch"}


@pytest.mark.slow
@pytest.mark.parametrize("name", files())
def test_fresh_values(name: str, tmp_path: Path) -> None:
    """The framework itself, where it is installed, on data never seen before."""
    framework = Path(name).name
    if importlib.util.find_spec(MODULES.get(framework, framework)) is None:
        pytest.skip(f"{framework} is not installed")
    seed = int.from_bytes(os.urandom(4), "little")
    script = ROOT / "tests" / "golden" / "make.py"
    subprocess.run([sys.executable, script, name, "--seed", str(seed), "--into", tmp_path], check=True)
    wrong = []
    for case in read(tmp_path / f"{name}.json")[1]:
        try:
            far = deviation(case, SMALL)
        except LossCliError:
            far = math.inf
        if far > FRESH and exception(case) is None:
            wrong.append(f"{case.id}: {far:.3g}")
    assert not wrong, f"seed {seed}: {len(wrong)} differ:\n" + "\n".join(wrong[:40])


def test_every_preset_has_goldens() -> None:
    """Each framework's call is held to values it printed; `paper` and `document` have cases of their own."""
    calls = [
        read(path)[1] for path in (ROOT / "tests" / "golden" / "calls").glob("*.json")
    ]  # of images of several classes
    seen = {*pairs(), *((case.like, case.loss) for cases in calls for case in cases)}
    for loss in registry.everything().values():
        for like in loss.like:
            if like not in ("paper", "document") and "@" not in like:
                assert (like, loss.name) in seen, f"{loss.name} like {like}"


def test_every_exception_is_needed() -> None:
    """One for rounding may have little to excuse on a processor that rounds alike, but not nothing."""
    cases = [case for name in FRAMEWORKS for case in goldens(name)]
    for pattern in EXCEPTIONS:
        assert any(_differs(case, pattern.within) for case in cases if pattern.match(case)), (
            f"{pattern} excuses nothing"
        )


def _differs(case: Case, within: float) -> bool:
    try:
        return deviation(case) > (0 if math.isfinite(within) else 1)
    except LossCliError:
        return True
