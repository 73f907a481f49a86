"""Fresh arrays of one to six axes through the calls of frameworks, and through `--like` with the text of the same call.

`python tests/golden/fresh.py FRAMEWORK [--seed N] [--count N]` prints how many agree, what differs, and the sentences
of what is refused. The frameworks are torch, keras, optax, monai and smp, as far as they are installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import losscli
from losscli.core.errors import LossCliError

Question = tuple[str, Any, Any]  # the text of a call of x and y, and these two


class Draw:
    """Random shapes, arrays and arguments."""

    def __init__(self, seed: list[int]) -> None:
        self.rng = np.random.default_rng(seed)

    def maybe(self, chance: float = 0.5) -> bool:
        """Yes, with this chance."""
        return bool(self.rng.random() < chance)

    def pick(self, *choices: Any) -> Any:
        """One of them."""
        return choices[int(self.rng.integers(len(choices)))]

    def shape(self, low: int, high: int, least: int = 1) -> tuple[int, ...]:
        """A shape of `low` to `high` axes, each at least so long."""
        return tuple(self.rng.integers(least, 5, size=int(self.rng.integers(low, high + 1))).tolist())

    def numbers(self, shape: tuple[int, ...], dtype: str = "float32") -> Any:
        """Numbers around 0."""
        return (2 * self.rng.normal(size=shape)).astype(dtype)

    def labels(self, shape: tuple[int, ...], dtype: str = "float32") -> Any:
        """0 and 1."""
        return self.rng.integers(0, 2, size=shape).astype(dtype)

    def weights(self, count: int) -> str:
        """A list of so many positive numbers, as Python writes it."""
        return "[" + ", ".join(f"{value:.3g}" for value in 0.1 + 2 * self.rng.random(count)) + "]"

    def some(self, chance: float, *arguments: str) -> list[str]:
        """Those of the arguments that are given, each with this chance."""
        return [each for each in arguments if self.maybe(chance)]


def softmax(logits: Any, axis: int) -> Any:
    """Probabilities along an axis."""
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def one_hot(numbers: Any, classes: int, axis: int) -> Any:
    """Class numbers as rows of 0 and 1 along an axis."""
    return np.moveaxis(np.eye(classes, dtype=np.float32)[numbers], -1, axis)


def _torch(draw: Draw) -> Question:
    dtype, n, c = draw.pick("float64", "float32"), *draw.rng.integers(1, 6, 2).tolist()
    inner, more = draw.shape(0, 4), draw.some(0.6, f"reduction={draw.pick('sum', 'mean')!r}")
    tensor = "torch.tensor({}, dtype=x.dtype)".format
    kind = draw.pick("index", "index", "soft", "kl", "bce", "elements")
    if kind in ("index", "soft"):
        x = draw.numbers((n, c + 1, *inner), dtype)
        more += draw.some(0.5, f"weight={tensor(draw.weights(c + 1))}", f"label_smoothing={draw.pick(0.1, 0.3)}")
        y = softmax(draw.numbers(x.shape, dtype), 1)
        if kind == "index":
            ignored = draw.pick(-100, 255, 0)
            y = np.where(draw.rng.random((n, *inner)) < 0.2, ignored, draw.rng.integers(0, c + 1, (n, *inner)))
            more += [f"ignore_index={ignored}"]
        return f"F.cross_entropy({', '.join(['x', 'y', *more])})", x, y
    shape = draw.shape(1, 5)
    x = draw.numbers(shape, dtype)
    if kind == "kl":
        shape = draw.shape(2, 5, 2)
        x, y = (np.log(softmax(draw.numbers(shape, dtype), -1)) for _ in range(2))
        more = [
            *draw.some(0.6, f"reduction={draw.pick('sum', 'mean', 'batchmean')!r}"),
            *draw.some(0.4, "log_target=True"),
        ]
        return f"nn.KLDivLoss({', '.join(more)})(x, y)", x, y if "log_target=True" in more else np.exp(y)
    if kind == "bce":
        wide = len(shape) > 1
        more += draw.some(0.4 * wide, f"weight={tensor(draw.weights(shape[-1]))}")
        behind = draw.pick(0, len(shape) - 2) if wide else 0
        column = f"{tensor(draw.weights(shape[-1 - behind]))}.view(-1{', 1' * behind})"
        more += draw.some(0.6 * wide, f"pos_weight={column}")
        return f"F.binary_cross_entropy_with_logits({', '.join(['x', 'y', *more])})", x, draw.labels(shape, dtype)
    name = draw.pick("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "poisson_nll_loss", "soft_margin_loss")
    y = 2 * draw.labels(shape, dtype) - 1 if name == "soft_margin_loss" else np.abs(draw.numbers(shape, dtype))
    return f"F.{name}({', '.join(['x', 'y', *more])})", x, y


def _keras(draw: Draw) -> Question:
    shape = draw.shape(2, 5, 2)
    kind = draw.pick("Categorical", "Sparse", "Focal", "Binary", "BinaryFocal", "elements")
    axis = -1 if kind == "Sparse" else draw.pick(-1, 1)  # on TensorFlow it has no other
    logits, classes = draw.numbers(shape), shape[axis]
    numbers = draw.rng.integers(0, classes, tuple(np.delete(shape, axis)))
    more = draw.some(0.5, f"reduction={draw.pick('sum', 'mean_with_sample_weight')!r}", "from_logits=True")
    of_logits = "from_logits=True" in more
    along = [f"axis={axis}"] if axis % len(shape) != len(shape) - 1 else []
    x = logits if of_logits else softmax(logits, axis)
    if kind == "Sparse":
        arguments = [*more, *along, *draw.some(0.3, "ignore_class=0")]
        return f"keras.losses.SparseCategoricalCrossentropy({', '.join(arguments)})(y, x)", x, numbers
    if kind in ("Categorical", "Focal"):
        more += (
            draw.some(0.3, "label_smoothing=0.1") if kind == "Categorical" else draw.some(0.5, "gamma=1.5", "alpha=0.3")
        )
        name = "CategoricalCrossentropy" if kind == "Categorical" else "CategoricalFocalCrossentropy"
        return f"keras.losses.{name}({', '.join(more + along)})(y, x)", x, one_hot(numbers, classes, axis)
    if kind.startswith("Binary"):
        x = logits if of_logits else (1 / (1 + np.exp(-logits))).astype("float32")
        return f"keras.losses.{kind}Crossentropy({', '.join(more)})(y, x)", x, draw.labels(shape)
    name = draw.pick("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh")
    more = [each for each in more if each.startswith("reduction")]
    return f"keras.losses.{name}({', '.join(more)})(y, x)", logits, draw.numbers(shape)


def _optax(draw: Draw) -> Question:
    shape = draw.shape(2, 5, 2)
    axis = draw.pick(-1, 1)
    x, along = draw.numbers(shape), "" if axis == -1 else f", axis={axis}"
    numbers = draw.rng.integers(0, shape[axis], tuple(np.delete(shape, axis)))
    text, pred, label = draw.pick(
        (f"optax.softmax_cross_entropy(x, y{along})", x, one_hot(numbers, shape[axis], axis)),
        (f"optax.softmax_cross_entropy_with_integer_labels(x, y{along})", x, numbers),
        (f"optax.kl_divergence(x, y{along})", np.log(softmax(x, axis)), softmax(draw.numbers(shape), axis)),
        (f"optax.sigmoid_focal_loss(x, y{draw.pick('', ', alpha=0.25', ', gamma=1.0')})", x, draw.labels(shape)),
        ("optax.sigmoid_binary_cross_entropy(x, y)", x, draw.labels(shape)),
        ("optax.huber_loss(x, y)", x, draw.numbers(shape)),
    )
    return text + draw.pick(".mean()", ".sum()"), pred, label


def _monai(draw: Draw) -> Question:
    n, c = draw.rng.integers(1, 5, 2).tolist()
    x = draw.numbers((n, c, *draw.shape(1, 3, 2)))
    numbers = draw.rng.integers(0, c, (n, 1, *x.shape[2:]))
    name = draw.pick("DiceLoss", "GeneralizedDiceLoss", "TverskyLoss", "FocalLoss", "DiceCELoss", "DiceFocalLoss")
    several, of_classes = c > 1, c > 1 and draw.maybe(0.4)
    more = draw.some(0.3 * several, "include_background=False") + draw.some(
        0.4, f"reduction={draw.pick('sum', 'mean')!r}"
    )
    if name == "FocalLoss":
        more += draw.some(0.4, "gamma=1.0", "alpha=0.25")
    else:
        more += [
            draw.pick("sigmoid=True", "softmax=True") if several else "sigmoid=True",
            *draw.some(0.3, "batch=True"),
        ]
        more += draw.some(0.3, "smooth_nr=0.1, smooth_dr=0.2")
    more += ["to_onehot_y=True"] if of_classes else []
    y = numbers if of_classes else one_hot(numbers[:, 0], c, 1) if "softmax=True" in more else draw.labels(x.shape)
    return f"monai.losses.{name}({', '.join(more)})(x, y)", x, y


def _smp(draw: Draw) -> Question:
    mode = draw.pick("binary", "multiclass", "multilabel")
    n, c = int(draw.rng.integers(1, 4)), 1 if mode == "binary" else int(draw.rng.integers(2, 5))
    x = draw.numbers((n, c, *draw.rng.integers(2, 5, 2).tolist()))
    y = draw.rng.integers(0, c, (n, *x.shape[2:])) if mode == "multiclass" else draw.labels(x.shape)
    name, more = draw.pick("DiceLoss", "JaccardLoss", "TverskyLoss", "FocalLoss", "LovaszLoss"), [repr(mode)]
    if name == "FocalLoss":
        more += draw.some(0.4, "alpha=0.25", "gamma=1.5", "reduction='sum'")
    elif name == "LovaszLoss":
        more += draw.some(0.4, "per_image=True")
    else:
        more += draw.some(0.4, "smooth=0.5") + (draw.some(0.4, "alpha=0.3, beta=0.7") if name == "TverskyLoss" else [])
    if mode == "multiclass" and name in ("DiceLoss", "FocalLoss") and draw.maybe(0.4):
        more, y = [*more, "ignore_index=255"], np.where(draw.rng.random(y.shape) < 0.2, 255, y)
    return f"smp.losses.{name}({', '.join(more)})(x, y)", x, y


MAKERS: Mapping[str, Callable[[Draw], Question]] = {
    "torch": _torch, "keras": _keras, "optax": _optax, "monai": _monai, "smp": _smp,
}  # fmt: skip
PACKAGES = {"smp": "segmentation_models_pytorch"}


def _losses_of_smp() -> types.ModuleType:
    """The losses of smp alone: its models need packages of their own."""
    spec = importlib.util.find_spec("segmentation_models_pytorch")
    assert spec is not None
    package = types.ModuleType("segmentation_models_pytorch")
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules.setdefault("segmentation_models_pytorch", package)
    importlib.import_module("segmentation_models_pytorch.losses")
    return sys.modules["segmentation_models_pytorch"]


def names_of(framework: str) -> tuple[dict[str, Any], Callable[[Any], Any]]:
    """What calls of a framework speak of, and what makes its arrays."""
    if framework == "keras":
        return {"keras": importlib.import_module("keras")}, np.asarray
    if framework == "optax":
        numpy = importlib.import_module("jax.numpy")
        return {"optax": importlib.import_module("optax")}, numpy.asarray
    torch = importlib.import_module("torch")
    names = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    if framework == "monai":
        importlib.import_module("monai.losses")
        names["monai"] = sys.modules["monai"]
    elif framework == "smp":
        names["smp"] = _losses_of_smp()
    return names, lambda values: torch.from_numpy(np.ascontiguousarray(values))


def compared(framework: str, seed: int, count: int) -> tuple[int, list[str], dict[str, str]]:
    """How many calls agree, what differs, and the sentences of what is refused, each with a call."""
    names, array = names_of(framework)
    agree, differ, refused = 0, [], {}
    for i in range(count):
        text, x, y = MAKERS[framework](Draw([seed, i]))
        theirs = float(np.asarray(eval(text, {**names, "x": array(x), "y": array(y)})))
        try:
            ours = losscli.compute(None, x, y, like=text).value
        except LossCliError as problem:
            refused[str(problem)] = f"{text} of {x.shape} and {y.shape}"
            continue
        ours = math.nan if ours is None else ours
        exact = framework == "torch" and x.dtype == np.float64
        close = math.isclose(theirs, ours, rel_tol=1e-11 if exact else 3e-5, abs_tol=1e-14 if exact else 3e-7)
        if close or (math.isnan(theirs) and math.isnan(ours)):
            agree += 1
        else:
            differ.append(f"{i}: {text} of {x.shape} and {y.shape}: {theirs!r} there, {ours!r} here")
    return agree, differ, refused


def main() -> None:
    """Print what was compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frameworks", nargs="*", choices=[*MAKERS, []])
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    for framework in given.frameworks or MAKERS:
        agree, differ, refused = compared(framework, given.seed, given.count)
        print(
            f"{framework}, seed {given.seed}: {agree} agree, {len(differ)} differ, refused in {len(refused)} sentences"
        )
        print(*(f"  {each}" for each in differ), *(f"  {why}\n    {call}" for why, call in refused.items()), sep="\n")


if __name__ == "__main__":
    main()
