"""`--like`: every golden value that a real framework printed, from losscli; where it is installed, fresh ones too."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.case import Case, read
from golden.exceptions import EXCEPTIONS

import losscli
from losscli.core import registry
from losscli.core.conventions import FRAMEWORKS
from losscli.core.errors import LossCliError

VALUES = Path(__file__).parent / "golden" / "values"
ULPS = 2  # of float32; where a framework computes in float64, RELATIVE
FRESH = 8  # times as much for any data: libraries round exp and log differently, and a power multiplies it
SMALL = 0.1  # of losses below it, the last digits of this: they are differences of larger numbers
RELATIVE = 1e-12
FLOAT32_MAX = float(np.finfo(np.float32).max)
SCALES = {"dice": 1.0, "kl_divergence": 1.0}  # one minus a quotient; differences of logarithms


@cache
def goldens(framework: str) -> list[Case]:
    return read(VALUES / f"{framework}.json")[1]


def pairs() -> list[tuple[str, str]]:
    """(framework, loss) of every golden."""
    names = sorted(path.stem for path in VALUES.glob("*.json"))
    return sorted({(name, case.loss) for name in names for case in goldens(name)})


def reported(case: Case) -> Any:
    """What losscli reports for the case: a number, or a list of one a row."""
    given = dict(case.arguments)
    pred, label = given.pop("pred"), given.pop("label", None)
    if case.reduction not in ("mean", "elementwise_mean", "sum", "none"):
        raise AssertionError(f"{case.id}: no reduction {case.reduction}")
    reduction = None if case.reduction.endswith("mean") else case.reduction
    if (case.like, case.loss, case.reduction) == ("torch", "kl_divergence", "mean"):
        given["denominator"] = "count"  # batchmean; without it torch divides by the elements
    found = losscli.compute(case.loss, pred, label, like=case.like, reduction=reduction, **given)
    return found.rows.tolist() if case.reduction == "none" else found.value


def off(found: float, expect: float, single: bool, scale: float = 0.0) -> float:
    """How far a value is from the framework's, in units of what is allowed; inf where one is not finite alone.

    `scale` is the size of the numbers that a framework's float32 formula subtracts: their last digits remain.
    """
    if math.isnan(expect) or math.isinf(expect):
        return 0.0 if found == expect or (math.isnan(found) and math.isnan(expect)) else math.inf
    if not math.isfinite(found):
        return math.inf
    allowed = RELATIVE * abs(expect)
    if single and abs(expect) < FLOAT32_MAX:
        allowed = ULPS * float(np.spacing(np.float32(max(abs(expect), scale))))
    return abs(found - expect) / max(allowed, 5e-324)


def computed_in_single(case: Case) -> bool:
    """Whether the framework computed it, or a part of it, in float32."""
    return "float32" in (case.dtype, FRAMEWORKS[case.like].dtype, str(case.arguments["pred"].dtype))


def deviation(case: Case, least: float = 0.0) -> float:
    """`off` of the worst row."""
    found = reported(case)
    expect = case.expect
    single = computed_in_single(case)
    scale = max(SCALES.get(case.loss, 0.0), least)
    if isinstance(expect, list):
        if len(found) != len(expect):
            return math.inf
        return max((off(f, e, single, scale) for f, e in zip(found, expect, strict=True)), default=0.0)
    return off(found, expect, single, scale)


def excepted(case: Case) -> str:
    """The reason why a case is allowed to differ; empty where it is not."""
    for pattern, reason in EXCEPTIONS.items():
        if pattern.match(case):
            return reason
    return ""


@pytest.mark.parametrize(("framework", "loss"), pairs())
def test_goldens(framework: str, loss: str) -> None:
    wrong = []
    for case in goldens(framework):
        if case.loss != loss:
            continue
        try:
            far = deviation(case)
        except LossCliError as problem:
            if not excepted(case):
                wrong.append(f"{case.id}: {problem}")
            continue
        if far > 1 and not excepted(case):
            wrong.append(f"{case.id}: {reported(case)} is {far:.3g} x the tolerance from {case.expect} ({case.dtype})")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:40])


MODULES = {"tf1": "tensorflow", "monai": "monai", "smp": "segmentation_models_pytorch"}


@pytest.mark.slow
@pytest.mark.parametrize("framework", sorted(path.stem for path in VALUES.glob("*.json")))
def test_fresh_values(framework: str, tmp_path: Path) -> None:
    """The framework itself, where it is installed, on data never seen before."""
    if importlib.util.find_spec(MODULES.get(framework, framework)) is None:
        pytest.skip(f"{framework} is not installed")
    seed = int.from_bytes(os.urandom(4), "little")
    script = Path(__file__).parent / "golden" / "make.py"
    subprocess.run([sys.executable, script, framework, "--seed", str(seed), "--into", tmp_path], check=True)
    wrong = []
    for case in read(tmp_path / f"{framework}.json")[1]:
        try:
            far = deviation(case, SMALL)
        except LossCliError:
            far = math.inf
        if far > FRESH and not excepted(case):
            wrong.append(f"{case.id}: {far:.3g}")
    assert not wrong, f"seed {seed}: {len(wrong)} differ:\n" + "\n".join(wrong[:40])


def test_every_preset_has_goldens() -> None:
    """Each framework's call is held to values it printed; `paper` and `document` have cases of their own."""
    seen = set(pairs())
    for loss in registry.everything().values():
        for like in loss.like:
            if like not in ("paper", "document") and "@" not in like:
                assert (like, loss.name) in seen, f"{loss.name} like {like}"


def test_every_exception_is_needed() -> None:
    cases = [case for name in FRAMEWORKS if (VALUES / f"{name}.json").exists() for case in goldens(name)]
    for pattern in EXCEPTIONS:
        assert any(_differs(case) for case in cases if pattern.match(case)), f"{pattern} excuses nothing"


def _differs(case: Case) -> bool:
    try:
        return deviation(case) > 1
    except LossCliError:
        return True
