"""Every call of a known loss that a framework's own tests make, answered by it and by losscli under `--like`.

`python tests/golden/own_tests.py [FRAMEWORK ...]` prints what agrees, what differs and what is refused, each with its
sentence; `-v` lists also what agrees. PyTorch's inputs are those of its modules and operators, whose tests need the
packages expecttest and hypothesis; those of the others are recorded while their tests run.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import io
import itertools
import math
import sys
import unittest
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from types import MappingProxyType
from typing import Any

import numpy as np

import losscli
from losscli.core.calls.names import SIGNATURES
from losscli.core.calls.signatures import Signature
from losscli.core.errors import LossCliError

_SKLEARN = tuple(f"sklearn.metrics.tests.test_{name}" for name in ("regression", "classification", "ranking"))
# The modules of each framework's tests, and where the losses that they call stand, by the names that they go under.
TESTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "keras": (("keras.src.losses.losses_test",), ("keras.src.losses.losses",)),
    "optax": (
        tuple(f"optax.losses._{name}_test" for name in ("classification", "regression", "segmentation",
                                                        "self_supervised")),
        tuple(f"optax.losses._{name}" for name in ("classification", "regression", "segmentation", "self_supervised")),
    ),
    "sklearn": (_SKLEARN, _SKLEARN),
}  # fmt: skip
SLOW = ("grad", "vmap", "Sparsemax", "stable", "convex", "ctc")  # parts of names of tests that call no loss anew
ROLES = ("pred", "label", "other", "positive", "negative", "variance", "input_lengths", "label_lengths",
         "class_weights_matrix", "bias")  # fmt: skip
LARGEST = 100_000  # elements of an array


class Call:
    """One call of a framework: its signature, what it was given by name, and what came out."""

    def __init__(self, place: str, signature: Signature, made: Mapping[str, Any], given: Mapping[str, Any], out: Any):
        self.place, self.signature, self.made, self.given = place, signature, made, given
        self.theirs = array_of(out)
        self.half = "16" in str(getattr(out, "dtype", ""))  # computed in less than float32

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays by the roles that they have here; elementwise weights among them."""
        given = {**self.made, **self.given}
        return {
            self.roles[name]: array_of(value)
            for name, value in given.items()
            if self._is_role(name) and value is not None and is_array(value)
        }

    @property
    def text(self) -> str:
        """The call as somebody would write it, with names in the places of its arrays."""
        if not self.signature.is_class:
            return f"{self.signature.name}({self._written({**self.given, **self.made})})"
        made = {name: value for name, value in self.made.items() if name not in self.given}
        text = f"{self.signature.name}({self._written(made, self.made)})"
        if any(self._is_role(name) for name in self.given):
            text += f"({self._written({name: value for name, value in self.given.items() if value is not None})})"
        return text

    def _written(self, values: Mapping[str, Any], others: Mapping[str, Any] = MappingProxyType({})) -> str:
        """Arguments by name: those that files hold as names, the others as they are."""
        given = [
            f"{name}={'array_' + name if self._is_role(name) and is_array(value) else written_out(value)}"
            for name, value in values.items()
        ]
        alone = [f"{name}={written_out(value)}" for name, value in others.items() if name not in values]
        return ", ".join([*given, *alone])

    @property
    def roles(self) -> dict[str, str]:
        """What each argument is here."""
        known = (*self.signature.arguments, *self.signature.data)
        return {each.name: each.meaning.partition("!")[0] for each in known}

    @property
    def _predictions(self) -> Any:
        pred = next(each.name for each in self.signature.data if each.meaning == "pred")
        return self.given.get(pred)

    def _is_role(self, name: str) -> bool:
        role = self.roles.get(name)
        if role == "weight":  # one that goes along the predictions' last axes is written out
            return np.shape({**self.made, **self.given}[name])[:1] == np.shape(self._predictions)[:1]
        return role in ROLES

    def answer(self) -> tuple[str, str]:
        """What became of the call (agrees, differs, refused, bug), and the numbers or the sentence."""
        arrays = {("weights" if role == "weight" else role): each for role, each in self.arrays.items()}
        shapes = {role: each.shape for role, each in arrays.items()}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compared = list(self._compared(arrays))
        except LossCliError as problem:
            return "refused", f"{shapes} {problem}"
        except Exception as problem:
            return "bug", f"{shapes} {type(problem).__name__}: {problem}"
        wrong = [pair for pair in compared if not agrees(*pair)]
        theirs, ours = (wrong or compared)[0]
        return "differs" if wrong else "agrees", f"{shapes} {theirs!r} there, {ours!r} here"

    def _compared(self, arrays: dict[str, Any]) -> Iterator[tuple[float, float]]:
        """The numbers of the framework beside those of losscli: one, or the sum and those of the rows."""
        ask = functools.partial(
            losscli.compute, None, arrays.get("pred"), arrays.get("label"),
            **{role: each for role, each in arrays.items() if role not in ("pred", "label")},
        )  # fmt: skip
        if not self.theirs.ndim:
            yield float(self.theirs), number(ask(like=self.text))
            return
        yield float(self.theirs.sum()), number(ask(like=f"{self.text}.sum()"))
        rows = ask(like=self.text).rows
        if rows is not None and rows.shape == self.theirs.shape:
            yield from zip(self.theirs.tolist(), rows.tolist(), strict=True)


def number(result: Any) -> float:
    """The value of a result, whose report has none where it is not finite."""
    if result.value is not None:
        return float(result.value)
    return math.nan if result.status == "nan" else math.inf


def agrees(theirs: float, ours: float) -> bool:
    """Whether the numbers are the same to the digits of float32."""
    return (math.isnan(theirs) and math.isnan(ours)) or math.isclose(theirs, ours, rel_tol=3e-5, abs_tol=2e-6)


def array_of(values: Any) -> Any:
    """An array of a framework as NumPy's."""
    values = values.detach().cpu() if hasattr(values, "detach") else values
    if str(getattr(values, "dtype", "")).endswith("bfloat16"):
        values = values.float() if hasattr(values, "float") else values.astype("float32")
    return np.asarray(values)


def is_array(value: Any) -> bool:
    """Whether a value is an array, or a list of numbers that stands for one."""
    return hasattr(value, "shape") or (isinstance(value, list | tuple) and len(value) > 0)


def written_out(value: Any) -> str:
    """A value of an argument as Python text."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        array = array_of(value)
        if not array.ndim:
            return repr(array.item())
        return f"torch.tensor({array.tolist()!r})".replace("nan", "float('nan')").replace("inf", "float('inf')")
    return repr(value)


def bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """What a function is given, by name."""
    arguments = inspect.signature(function).bind(*args, **kwargs).arguments
    flat: dict[str, Any] = {}
    for name, value in arguments.items():
        if name == "kwargs":
            flat.update(value)
        elif name not in ("self", "args"):
            flat[name] = value.copy() if isinstance(value, np.ndarray) else value  # tests may change it afterwards
    return flat


def signatures_of(framework: str, last: str, is_class: bool) -> Signature | None:
    """The signature of a loss of a framework by its last name."""
    known = [each for each in SIGNATURES if each.like == framework and each.name.rpartition(".")[2] == last]
    return next((each for each in known if each.is_class == is_class), None)


# -- PyTorch ----------------------------------------------------------------------------------------------------------


def of_torch() -> Iterator[Call]:
    """The inputs of PyTorch's tests of modules and of operators."""
    import torch
    from torch.testing._internal import common_methods_invocations, common_modules

    torch.manual_seed(0)
    for name in dir(common_modules):
        if not name.startswith("module_inputs_torch_nn_") or not name.endswith("Loss"):
            continue
        last = name.removeprefix("module_inputs_torch_nn_")
        signature, module = signatures_of("torch", last, True), getattr(torch.nn, last)
        for dtype in (torch.float64, torch.float32) if signature else ():
            with suppress(NotImplementedError):
                for each in getattr(common_modules, name)(module, "cpu", dtype, False, True):
                    made = bound(module.__init__, (None, *each.constructor_input.args), each.constructor_input.kwargs)
                    args, kwargs = each.forward_input.args, each.forward_input.kwargs
                    loss = module(*each.constructor_input.args, **each.constructor_input.kwargs)
                    with suppress(Exception):
                        out = loss(*args, **kwargs)
                        yield Call(last, signature, made, bound(module.forward, (None, *args), kwargs), out)
    for op in common_methods_invocations.op_db:
        last = op.name.removeprefix("nn.functional.")
        signature = signatures_of("torch", last, False) if last != op.name else None
        function = getattr(torch.nn.functional, last, None)
        for sample in op.sample_inputs("cpu", torch.float64) if signature else ():
            args = (sample.input, *sample.args)
            names = [each.name for each in (*signature.data, *signature.arguments)]
            given = {**dict(zip(names, args, strict=False)), **sample.kwargs}
            with suppress(Exception):
                yield Call(op.name, signature, {}, given, function(*args, **sample.kwargs))


# -- the others: recorded while their tests run ------------------------------------------------------------------------


class Recorder:
    """Puts itself around the losses of a framework, and keeps what they were given and what they made of it."""

    def __init__(self, framework: str) -> None:
        self.framework, self.calls, self.place = framework, [], ""

    def around(self, module: Any) -> None:
        """Around the functions and classes of a module that are known losses."""
        for name, value in list(vars(module).items()):
            signature = signatures_of(self.framework, name, inspect.isclass(value))
            if signature is None:
                continue
            if inspect.isclass(value):
                self._around_class(value, signature)
            else:
                setattr(module, name, self._around_function(value, signature))

    def _around_function(self, function: Any, signature: Signature) -> Any:
        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            out = function(*args, **kwargs)
            with suppress(Exception):
                self.calls.append(Call(self.place, signature, {}, bound(function, args, kwargs), out))
            return out

        return recorded

    def _around_class(self, class_: Any, signature: Signature) -> None:
        begin, call = class_.__init__, class_.__call__

        @functools.wraps(begin)
        def made(self_: Any, *args: Any, **kwargs: Any) -> None:
            begin(self_, *args, **kwargs)
            self_._made = bound(begin, (self_, *args), kwargs)

        def called(self_: Any, *args: Any, **kwargs: Any) -> Any:
            out = call(self_, *args, **kwargs)
            with suppress(Exception):
                given = bound(call, (self_, *args), kwargs)
                made_of = {name: value for name, value in self_._made.items() if name != "dtype"}
                self.calls.append(Call(self.place, signature, made_of, given, out))
            return out

        class_.__init__, class_.__call__ = made, called


def of_tests(framework: str) -> list[Call]:
    """The calls that the framework's own tests make."""
    tests, losses = TESTS[framework]
    recorder = Recorder(framework)
    for name in losses:
        recorder.around(importlib.import_module(name))
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for name in tests:
            suite = unittest.defaultTestLoader.loadTestsFromName(name)
            for test in _each(suite):
                if any(word in test.id() for word in SLOW):
                    continue
                recorder.place = test.id().rpartition("tests.")[2]
                with suppress(Exception):
                    test.run(unittest.TestResult())
            for test_name, test_function in _functions(importlib.import_module(name)):
                recorder.place = test_name
                with suppress(Exception):
                    test_function()
    return recorder.calls


def _functions(module: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The tests of a module that are functions, with each of the arguments that pytest gives them."""
    for name, function in list(vars(module).items()):
        if not name.startswith("test_") or not inspect.isfunction(function):
            continue
        marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
        for chosen in itertools.product(*(mark.args[1] for mark in marks)):
            given: dict[str, Any] = {}
            for mark, values in zip(marks, chosen, strict=True):
                names = mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]
                values = getattr(values, "values", values)  # of a pytest.param
                given.update(zip(map(str.strip, names), values if len(names) > 1 else [values], strict=False))
            yield name, functools.partial(function, **given)


def _each(suite: Any) -> Iterator[Any]:
    for test in suite:
        yield from _each(test) if isinstance(test, unittest.TestSuite) else (test,)


def main() -> None:
    """Print what became of the calls."""
    words = sys.argv[1:]
    wordy = "-v" in words
    warnings.simplefilter("ignore")
    for framework in [word for word in words if word != "-v"] or ("torch", *TESTS):
        counts: dict[str, int] = {}
        for call in of_torch() if framework == "torch" else of_tests(framework):
            shapes = [np.shape(each) for each in call.arrays.values()]
            if call.half or () in shapes or any(math.prod(each) > LARGEST for each in shapes):
                continue
            became, said = call.answer()
            counts[became] = counts.get(became, 0) + 1
            if wordy or became != "agrees":
                print(f"{call.place}: {call.text[:300]}\n    {became}: {said}")
        print(framework, counts)


if __name__ == "__main__":
    main()
