"""The public losses of installed libraries, read from their syntax trees: no library is imported, and none is run.

python docs/library_names.py --packages SITE_PACKAGES   rewrite docs/library_names.json
python docs/library_names.py --packages SITE_PACKAGES --check   exit 1 and name what is new or gone

`docs/libraries.md` says what losscli calls each of them.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from email.parser import HeaderParser
from pathlib import Path

NAMES = Path(__file__).resolve().parent / "library_names.json"

Names = Iterator[str]


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of their strings, which are not ours to mend
        return ast.parse(path.read_text(encoding="utf-8"))


def listed(path: Path) -> Names:
    """The names of `__all__`, in all its assignments and additions."""
    for node in tree(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def imported(path: Path) -> Names:
    """The public names that a module imports at its top."""
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom):
            names = [each.asname or each.name for each in node.names]
            yield from (name for name in names if not name.startswith("_") and name != "annotations")


def exported(path: Path, decorator: str, prefix: str) -> Names:
    """The names under which decorators such as @keras_export export functions and classes."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for call in node.decorator_list:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == decorator:
                for each in ast.walk(call):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.startswith(prefix):
                        yield each.value.removeprefix(prefix)


def defined(path: Path, which: Callable[[ast.AST], bool]) -> Names:
    """The public functions and classes at a module's top for which something holds."""
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and which(node):
            yield node.name


def compared(path: Path, variable: str) -> Names:
    """The texts that a variable is compared with."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == variable:
            for each in node.comparators:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def torch(packages: Path) -> Names:
    """The classes of torch.nn.modules.loss, and the functions of torch.nn.functional that reduce."""
    yield from listed(packages / "torch/nn/modules/loss.py")
    yield from defined(packages / "torch/nn/functional.py", lambda node: "reduction" in _arguments(node))


def _arguments(node: ast.AST) -> list[str]:
    return [each.arg for each in (*node.args.args, *node.args.kwonlyargs)] if isinstance(node, ast.FunctionDef) else []


def keras(packages: Path) -> Names:
    """keras.losses, and of keras.metrics the regression metrics."""
    yield from exported(packages / "keras/src/losses/losses.py", "keras_export", "keras.losses.")
    for name in exported(packages / "keras/src/metrics/regression_metrics.py", "keras_export", "keras.metrics."):
        yield f"metrics.{name}"
    for name in exported(packages / "keras/src/metrics/correlation_metrics.py", "keras_export", "keras.metrics."):
        yield f"metrics.{name}"


def tensorflow(packages: Path) -> Names:
    """tf.compat.v1.losses, and of tf.nn what is a loss or a cross entropy."""
    losses = exported(packages / "tensorflow/python/ops/losses/losses_impl.py", "tf_export", "losses.")
    yield from (f"v1.losses.{name}" for name in losses)
    for module in ("nn_ops", "nn_impl", "ctc_ops", "candidate_sampling_ops", "embedding_ops"):
        path = packages / f"tensorflow/python/ops/{module}.py"
        for name in exported(path, "tf_export", "nn.") if path.exists() else ():
            if re.search(r"loss|entropy", name):
                yield f"nn.{name}"


def sklearn(packages: Path) -> Names:
    """The functions of sklearn.metrics that take labels and predictions."""
    public = set(listed(packages / "sklearn/metrics/__init__.py"))
    for module in ("_regression", "_classification", "_ranking"):
        for name in defined(packages / f"sklearn/metrics/{module}.py", lambda node: isinstance(node, ast.FunctionDef)):
            if name in public:
                yield name


def torchmetrics(packages: Path) -> Names:
    """torchmetrics.functional: regression, and what is an error or a loss of classes, texts and images."""
    functional = packages / "torchmetrics/functional"
    yield from listed(functional / "regression/__init__.py")
    for part in ("classification", "text", "image"):
        for name in listed(functional / part / "__init__.py"):
            if re.search(r"hinge|calibration|hamming|ranking_loss|coverage_error|perplexity|signal_noise|_error", name):
                yield name


LIBRARIES: dict[str, tuple[str, str, Callable[[Path], Names]]] = {
    "torch": ("torch", "torch.nn.functional and torch.nn", torch),
    "keras": ("keras", "keras.losses, and the regression metrics of keras.metrics", keras),
    "tensorflow": ("tensorflow", "tf.compat.v1.losses, and the losses of tf.nn", tensorflow),
    "sklearn": ("scikit-learn", "sklearn.metrics", sklearn),
    "optax": ("optax", "optax.losses", lambda at: imported(at / "optax/losses/__init__.py")),
    "torchvision": ("torchvision", "torchvision.ops", lambda at: _losses(listed(at / "torchvision/ops/__init__.py"))),
    "torchmetrics": ("torchmetrics", "torchmetrics.functional", torchmetrics),
    "monai": ("monai", "monai.losses", lambda at: imported(at / "monai/losses/__init__.py")),
    "smp": (
        "segmentation_models_pytorch",
        "segmentation_models_pytorch.losses",
        lambda at: (
            name for name in listed(at / "segmentation_models_pytorch/losses/__init__.py") if not name.isupper()
        ),
    ),
    "pml": (
        "pytorch_metric_learning",
        "pytorch_metric_learning.losses",
        lambda at: imported(at / "pytorch_metric_learning/losses/__init__.py"),
    ),
    "utilsforecast": ("utilsforecast", "utilsforecast.losses", lambda at: listed(at / "utilsforecast/losses.py")),
    "gluonts": (
        "gluonts",
        "gluonts.ev.metrics",
        lambda at: defined(at / "gluonts/ev/metrics.py", lambda node: isinstance(node, ast.ClassDef)),
    ),
    "scoringrules": ("scoringrules", "scoringrules", lambda at: listed(at / "scoringrules/__init__.py")),
    "properscoring": ("properscoring", "properscoring", lambda at: listed(at / "properscoring/__init__.py")),
    "trl": ("trl", "loss_type of trl.DPOConfig", lambda at: compared(at / "trl/trainer/dpo_trainer.py", "loss_type")),
}


def _losses(names: Names) -> Names:
    return (name for name in names if "loss" in name)


def version(packages: Path, distribution: str) -> str:
    """The version that the installed package says; empty where it is not installed."""
    spelled = re.sub(r"[-_.]+", "[-_.]", distribution)
    for path in packages.glob("*.dist-info/METADATA"):
        if re.fullmatch(rf"(?i){spelled}(_cpu)?-[^-]*\.dist-info", path.parent.name):
            return HeaderParser().parsestr(path.read_text(encoding="utf-8"))["Version"]
    return ""


def names_of(packages: Path) -> dict[str, dict[str, object]]:
    """The public names of every library that is installed there, with its version and where they were looked for."""
    read: dict[str, dict[str, object]] = {}
    for key, (distribution, where, names) in LIBRARIES.items():
        if installed := version(packages, distribution):
            read[key] = {"version": installed, "where": where, "names": sorted(set(names(packages)))}
    return read


def differences(packages: Path) -> list[str]:
    """What is new in the installed libraries, and what is gone, against what is committed."""
    committed = json.loads(NAMES.read_text(encoding="utf-8"))
    said = []
    for key, entry in names_of(packages).items():
        ours, theirs = set(committed.get(key, {}).get("names", ())), set(entry["names"])  # type: ignore[call-overload]
        for word, names in (("new", theirs - ours), ("gone", ours - theirs)):
            said += [f"{key} {entry['version']}: {name} is {word}" for name in sorted(names)]
    return said


def main() -> None:
    """Writes the file, or says how it differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="the site-packages folder of the libraries")
    parser.add_argument("--check", action="store_true", help="compare with what is committed, and write nothing")
    given = parser.parse_args()
    if given.check:
        said = differences(given.packages)
        print("\n".join(said))
        sys.exit(bool(said))
    NAMES.write_text(json.dumps(names_of(given.packages), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
