"""Every call of a known loss in the docstrings of the frameworks that are installed, run as it stands and by losscli.

`python tests/golden/documented.py [FRAMEWORK ...]` prints what agrees, what differs and what is refused, each with its
sentence. Doctests are run in order, so that names in a call are what the lines before it made of them.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import importlib.util
import io
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import losscli
from losscli.core.calls.names import SIGNATURES
from losscli.core.calls.reading import read_call
from losscli.core.calls.signatures import Signature
from losscli.core.errors import LossCliError

# The framework, where its losses stand in its package, and what its doctests take for granted.
PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "torch": (("torch/nn/functional.py", "torch/nn/modules/loss.py"),
              ("import torch", "import torch.nn as nn", "import torch.nn.functional as F")),
    "keras": (("keras/src/losses",), ("import keras",)),
    "sklearn": (("sklearn/metrics",), ()),
    "optax": (("optax/losses",), ("import optax", "import jax.numpy as jnp")),
    "monai": (("monai/losses",), ("import torch",)),
    "torchmetrics": (("torchmetrics/functional",), ("import torch",)),
}  # fmt: skip


class Documented:
    """One call: its text, what the framework made of it, and what losscli does."""

    def __init__(self, place: str, text: str, theirs: float | None, ours: float | None, refusal: str) -> None:
        self.place, self.text, self.theirs, self.ours, self.refusal = place, text, theirs, ours, refusal

    @property
    def agrees(self) -> bool:
        """Whether the numbers are the same to the digits of float32."""
        if self.theirs is None or self.ours is None:
            return False
        both_nan = math.isnan(self.theirs) and math.isnan(self.ours)
        return both_nan or math.isclose(self.theirs, self.ours, rel_tol=2e-5, abs_tol=1e-6)


def installed(framework: str) -> Path | None:
    """The folder that holds a framework's package; None where it is not installed."""
    spec = importlib.util.find_spec(framework)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent.parent


def calls_of(framework: str) -> Iterator[Documented]:
    """What became of each call in the docstrings of a framework."""
    folder = installed(framework)
    places, imports = PLACES[framework]
    for place in places if folder is not None else ():
        base = folder / place  # type: ignore[operator]
        for file in [base] if base.suffix == ".py" else sorted(base.rglob("*.py")):
            if "test" in file.name:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (doc := ast.get_docstring(node)):
                    yield from _Docstring(framework, f"{place}: {getattr(node, 'name', '')}", imports).calls(doc)


class _Docstring:
    """The doctests of one docstring, run line by line."""

    def __init__(self, framework: str, place: str, imports: tuple[str, ...]) -> None:
        self.framework, self.place = framework, place
        self.signatures: dict[str, Signature] = {}
        for each in SIGNATURES:
            if each.like == framework or (framework == "keras" and each.like == "tf1"):
                self.signatures.setdefault(each.name.rpartition(".")[2], each)
        self.names: dict[str, Any] = {}
        self.made: dict[str, str] = {}  # the call that made an object, by the object's name
        for line in imports:
            exec(line, self.names)

    def calls(self, doc: str) -> Iterator[Documented]:
        """Each call, in order; a line that cannot be run is passed over."""
        try:
            examples = doctest.DocTestParser().get_examples(doc)
        except ValueError:
            return
        for example in examples:
            try:
                tree = ast.parse(example.source)
            except SyntaxError:
                continue
            for node in [each for each in ast.walk(tree) if isinstance(each, ast.Call)]:
                if (known := self._known(node)) is not None:
                    yield self._compared(node, *known)
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(example.source, self.place, "exec"), self.names)
            for line in tree.body:
                value = line.value if isinstance(line, ast.Assign) else None
                if isinstance(value, ast.Call) and self._name(value.func) in self.signatures:
                    self.made.update((ast.unparse(each), self._text(value)) for each in line.targets)

    def _known(self, node: ast.Call) -> tuple[str, Signature] | None:
        """The text of a call that is given arrays, and its signature."""
        name = self._name(node.func)
        if name in self.signatures and not self.signatures[name].is_class:
            return self._text(node), self.signatures[name]
        arguments = ast.unparse(ast.Call(ast.Name("f"), node.args, node.keywords))[1:]
        if name in self.made and isinstance(node.func, ast.Name):
            made = self.made[name]
        elif isinstance(node.func, ast.Call) and self._name(node.func.func) in self.signatures:
            made = self._text(node.func)
        else:
            return None
        signature = self.signatures[made.partition("(")[0].rpartition(".")[2]]
        return (made + arguments, signature) if signature.is_class else None

    def _compared(self, node: ast.Call, text: str, signature: Signature) -> Documented:
        theirs, arrays = None, {}
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            names = dict(self.names)
            theirs = float(np.mean(_array(eval(ast.unparse(node), names))))
            places = [each.name for each in signature.data]
            given = dict(zip(places, node.args, strict=False)) | {each.arg: each.value for each in node.keywords}
            for each in signature.data:
                if each.name in given and each.meaning in ("pred", "label"):
                    arrays[each.meaning] = _array(eval(ast.unparse(given[each.name]), names))
        try:
            if "pred" not in arrays:
                read_call(text)
                return Documented(self.place, text, None, None, "")
            # the names of its arrays stand for the files, whatever else they are made of
            ours = losscli.compute(None, arrays["pred"], arrays.get("label"), like=_plain(text, signature))
            value = ours.value if ours.rows is None else float(np.mean(ours.rows))
            return Documented(self.place, text, theirs, math.nan if value is None else value, "")
        except LossCliError as problem:
            return Documented(self.place, text, theirs, None, str(problem))

    def _text(self, node: ast.Call) -> str:
        """The call under the framework's own name."""
        whole = self.signatures[self._name(node.func)].name
        return whole + ast.unparse(ast.Call(ast.Name("f"), node.args, node.keywords))[1:]

    @staticmethod
    def _name(node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _plain(text: str, signature: Signature) -> str:
    """The call with names in the place of predictions and labels that are made in it."""
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    data = [each.name for each in signature.data if each.meaning in ("pred", "label")]
    for place in range(min(len(call.args), len(data))):
        call.args[place] = ast.Name(f"array{place}")
    for keyword in call.keywords:
        if keyword.arg in data:
            keyword.value = ast.Name(keyword.arg)
    return ast.unparse(call)


def _array(values: Any) -> Any:
    """An array of a framework as NumPy's."""
    return np.asarray(values.detach() if hasattr(values, "detach") else values)


def main() -> None:
    """Print what became of the calls."""
    for framework in sys.argv[1:] or PLACES:
        calls = list(calls_of(framework))
        wrong = [each for each in calls if each.ours is not None and each.theirs is not None and not each.agrees]
        refused = [each for each in calls if each.refusal]
        print(
            f"{framework}: {sum(each.agrees for each in calls)} agree, {len(wrong)} differ, {len(refused)} refused, of"
        )
        print(f"  {len(calls)} calls")
        for each in wrong:
            print(f"  {each.text} ({each.place}): {each.theirs} there, {each.ours} here")
        for each in refused:
            print(f"  {each.text} ({each.place}): {each.refusal}")


if __name__ == "__main__":
    main()
