"""Asks the frameworks anew: python tests/golden/make.py [--seed N] [--python PATH] [framework ...]

Each framework runs in a process of its own, by default with this interpreter. Keras runs on three backends; the values
are those of tensorflow, and the note of a case tells where another backend gives another.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)  # the package golden; not this folder, whose modules have common names

import numpy as np  # noqa: E402

from golden.case import Case, Expect, Raised, read, write  # noqa: E402

SEED = 20261122
FRAMEWORKS = (
    *("tf1", "keras", "torch", "sklearn", "optax", "torchvision", "monai", "smp"),
    *("regression/tf1", "regression/keras", "regression/torch", "regression/sklearn", "regression/optax"),
    *("regression/torchmetrics", "regression/xgboost", "regression/lightgbm", "regression/catboost"),
    *("classes/tf1", "classes/keras", "classes/torch", "classes/sklearn", "classes/optax"),
    *("classes/torchmetrics", "classes/xgboost", "classes/lightgbm", "classes/catboost"),
    *("segmentation/monai", "segmentation/smp"),
    *("order/sklearn", "survival/xgboost", "forecasts/gluonts", "forecasts/utilsforecast"),
    *("language/trl", "pairs/pml", "pairs/optax", "pairs/monai", "pairs/keras", "others/torch"),
    *("forecasts/scoringrules", "forecasts/properscoring"),
    *("scores/sklearn", "scores/torchmetrics", "scores/optax"),
    *("further/sklearn", "further/optax", "further/torchmetrics", "further/utilsforecast", "further/scoringrules"),
    *("further/properscoring", "further/pml", "further/monai"),
)
BACKENDS = ("torch", "jax")  # of keras, beside tensorflow
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "TF_ENABLE_ONEDNN_OPTS": "0"}


def main() -> None:
    """Makes the files of the frameworks named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frameworks", nargs="*", default=FRAMEWORKS, metavar="framework", help=" ".join(FRAMEWORKS))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the frameworks")
    parser.add_argument("--into", type=Path, default=HERE / "values", help="the folder to write to")
    parser.add_argument("--here", type=Path, help="ask one framework in this process and write to this file")
    given = parser.parse_args()
    if given.here:
        ask(given.frameworks[0], given.seed, given.here)
        return
    for name in given.frameworks:
        path = given.into / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        start(name, given.seed, given.python, path)
        if Path(name).name == "keras":
            compare(name, path, given.seed, given.python)
        _, cases, raises = read(path)
        print(f"{name}: {len(cases)} cases, {len(raises)} calls without a value, {path.stat().st_size / 1000:.0f} kB")


def ask(name: str, seed: int, path: Path) -> None:
    """Writes what a framework answers."""
    module = importlib.import_module(f"golden.frameworks.{name.replace('/', '.')}")
    raises: list[Raised] = []
    cases = list(module.cases(np.random.default_rng(seed), raises))
    versions = {**module.VERSIONS, "numpy": np.__version__, "python": sys.version.split()[0]}
    header = {
        "framework": Path(name).name,
        "versions": versions,
        "seed": seed,
        "script": f"tests/golden/frameworks/{name}.py",
    }
    write(path, header, cases, raises)


def start(name: str, seed: int, python: str, path: Path, **environment: str) -> None:
    """The same in a process of its own."""
    command = [python, __file__, name, "--seed", str(seed), "--here", str(path)]
    subprocess.run(command, check=True, env={**os.environ, **QUIET, **environment})


def compare(name: str, path: Path, seed: int, python: str) -> None:
    """Notes at the cases of keras where other backends give another value."""
    header, cases, raises = read(path)
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder:
            other = Path(folder) / "keras.json"
            start(name, seed, python, other, KERAS_BACKEND=backend)
            versions, values, problems = read(other)
        found = {case.id: case.expect for case in values} | {problem.id: problem.error for problem in problems}
        cases = [_noted(case, backend, found.get(case.id)) for case in cases]
        header["versions"] |= {f"also on {backend}": versions["versions"].get("engine", "")}
    write(path, header, cases, raises)


def _noted(case: Case, backend: str, other: Expect | str | None) -> Case:
    if not isinstance(other, str | None) and _same(case.expect, other):
        return case
    told = other if isinstance(other, str | None) else ", ".join(f"{x:.7g}" for x in np.ravel(other))
    return replace(case, note="; ".join(filter(None, (case.note, f"backend {backend}: {told}"[:160]))))


def _same(a: Expect, b: Expect) -> bool:
    pairs = zip(np.ravel(a), np.ravel(b), strict=True)
    return all(math.isclose(x, y, rel_tol=1e-5, abs_tol=1e-8) or (x != x and y != y) for x, y in pairs)


if __name__ == "__main__":
    main()
