"""Calls of frameworks as they stand in code: what they compute, and what is refused by its name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.case import Case
from golden.compare import allowed, goldens, off_from

import losscli
from losscli.core import registry
from losscli.core.calls.names import SIGNATURES
from losscli.core.calls.reading import read_call
from losscli.core.errors import LossCliError, UsageProblem

ARRAYS = (
    "other",
    "weights",
    "positive",
    "negative",
    "variance",
    "input_lengths",
    "label_lengths",
    "class_weights_matrix",
    "bias",
)


FRAMEWORKS = ("torch", "keras", "tf1", "sklearn", "optax", "torchvision", "torchmetrics", "monai", "smp")


# How the scripts that made the goldens import what they call.
IMPORTS = {
    "torchmetrics": (
        ("functional.", "torchmetrics.functional."),
        ("metrics.", "torchmetrics.functional."),
        ("classification.", "torchmetrics.functional.classification."),
        ("regression.", "torchmetrics.functional.regression."),
        ("text.", "torchmetrics.functional.text."),
    ),
    "tf1": (("losses.", "tf.compat.v1.losses."), ("nn.", "tf.nn.")),
    "torchvision": (("sigmoid_focal_loss", "torchvision.ops.sigmoid_focal_loss"),),
    "keras": (("losses.", "keras.losses."),),
    "monai": (("losses.", "monai.losses."),),
}


# Calls of goldens that are refused: they are given what is made of a file's numbers, or are no loss by themselves.
REFUSED = (
    r"smooth_labels\(|jnp\.log\(|Categorical\(|padding\(|sparse\(|^1 - |tf\.nn\.l2_loss|Dice\(axis|"
    r"zero_one_loss\(label, pred"  # of several columns, which may be independent or one-hot
)


def _pasted(case: Case) -> str:
    """The call of a golden as its author would write it, with the numbers that it names."""
    call = case.call
    for name in ("factors", "with_zero"):
        numbers = case.arguments.get("class_weights", case.arguments.get("pos_weight"))
        if numbers is not None:
            call = re.sub(rf"\b{name}\b", str(np.asarray(numbers, float).tolist()), call)
    for short, whole in IMPORTS.get(case.like, ()):
        call = re.sub(rf"(?<![.\w]){re.escape(short)}", whole, call)
    return call


def _each_once(cases: list[Case]) -> Iterator[Case]:
    """One case of each call, whatever its numbers."""
    seen = set()
    for case in cases:
        key = (case.loss, re.sub(r"\d+(\.\d+)?(e-?\d+)?", "0", case.call))
        if key not in seen:
            seen.add(key)
            yield case


def _differing(cases: Iterator[Case] | list[Case]) -> list[str]:
    wrong = []
    for case in cases:
        call = _pasted(case)
        arrays = {name: case.arguments[name] for name in ARRAYS if name in case.arguments}
        options = {"reduction": "none"} if case.reduction == "none" and "reduction" not in call else {}
        try:
            result = losscli.compute(
                case.loss, case.arguments["pred"], case.arguments.get("label"), like=call, **arrays, **options
            )
        except LossCliError as problem:
            if np.isfinite(allowed(case)) and not re.search(REFUSED, call):
                wrong.append(f"{call}: {problem}")
            continue
        value = result.rows.tolist() if case.reduction == "none" else result.value
        if off_from(case, value) > allowed(case):
            wrong.append(f"{case.id}, {call}: {value} for {case.expect}")
    return wrong


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_call_gives_what_the_framework_printed(framework: str) -> None:
    """The very calls that made the goldens, pasted."""
    assert not _differing(_each_once(goldens(framework)))


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_golden_by_its_call(framework: str) -> None:
    assert not _differing(goldens(framework))


@pytest.mark.parametrize("framework", [name for name in FRAMEWORKS if name != "tf1"])
def test_tables_have_the_arguments_of_the_installed_framework(framework: str) -> None:
    """In their order, none forgotten and none made up."""
    pytest.importorskip(framework)
    for signature in SIGNATURES:
        if signature.like != framework:
            continue
        module, _, name = signature.name.rpartition(".")
        known = getattr(import_module(module), name)
        try:
            own = inspect.signature(known.__init__ if signature.is_class else known).parameters
        except ValueError:  # a function of C
            continue
        names = [each for each in own if each not in ("self", "kwargs")]
        ours = [each.name for each in (*(() if signature.is_class else signature.data), *signature.arguments)]
        assert [each for each in ours if each in names] == names, signature.name
        assert set(ours) - set(names) <= {"squared", "softmax_scale"}, (
            signature.name
        )  # scikit-learn had it; of a base class


def test_every_preset_of_a_function_can_be_pasted() -> None:
    calls = {signature.call for signature in SIGNATURES}
    left_out = {
        "tf.compat.v1.distributions.kl_divergence",  # of distributions, not of arrays
        "tf.nn.l2_loss",  # of a difference
        "optax.ctc_loss",  # of paddings in place of lengths
        "optax.generalized_kl_divergence",  # of logarithms of what a file holds
        "sklearn.metrics.top_k_accuracy_score",  # a score: the loss is 1 minus it
        "sklearn.metrics.balanced_accuracy_score",  # a score: the loss is 1 minus it
    }
    for loss in registry.everything().values():
        for like, presets in loss.like.items():
            for each in presets if like in FRAMEWORKS else ():
                name = re.search(r"[\w.]+(?=\()", each.text)
                assert name is not None
                assert name[0] in calls | left_out, each.text


@pytest.mark.parametrize(
    ("call", "loss", "arguments", "options"),
    [
        ("torch.nn.CrossEntropyLoss(ignore_index=-100, label_smoothing=0.1)", "softmax_cross_entropy",
         {"ignore_index": -100, "label_smoothing": 0.1}, {"input": "logits"}),
        ("F.cross_entropy(logits, y, reduction='sum')", "softmax_cross_entropy", {},
         {"input": "logits", "reduction": "sum"}),
        ("criterion = nn.CrossEntropyLoss(torch.tensor([0.2, 1.0]))", "softmax_cross_entropy",
         {"class_weights": (0.2, 1.0)}, {"input": "logits"}),
                ("nn.CrossEntropyLoss(ignore_index=255).to(device)(outputs['z'], y.long())", "softmax_cross_entropy",
         {"ignore_index": 255}, {"input": "logits"}),
        ("F.cross_entropy(z.view(-1, z.size(-1)), y.view(-1))", "softmax_cross_entropy", {},
         {"input": "logits", "class_axis": -1}),
        ("F.cross_entropy(z.permute(0, 2, 3, 1).reshape(-1, C), y.flatten())", "softmax_cross_entropy", {},
         {"input": "logits", "class_axis": 1}),
        ("F.cross_entropy(z.transpose(1, 2), y)", "softmax_cross_entropy", {}, {"input": "logits", "class_axis": 2}),
        ("F.cross_entropy(z[..., :-1, :].contiguous().view(-1, V), y[..., 1:].contiguous().view(-1))",
         "softmax_cross_entropy", {}, {"input": "logits", "class_axis": -1, "shift": 1}),
        ("nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.]))", "sigmoid_cross_entropy", {"pos_weight": (3.0,)},
         {"input": "logits"}),
        ("nn.BCELoss(size_average=False)", "sigmoid_cross_entropy", {}, {"input": "probs", "reduction": "sum"}),
        ("nn.MSELoss(reduce=False)", "mse", {}, {"reduction": "none"}),
        ("nn.MSELoss(reduction='none')(x, y).mean()", "mse", {}, {"reduction": "mean"}),
        ("torch.mean(F.l1_loss(x, y, reduction='none')).item()", "mae", {}, {"reduction": "mean"}),
        ("nn.KLDivLoss(reduction='batchmean')", "kl_divergence", {},
         {"input": "logprobs", "reduction": "mean", "denominator": "rows"}),
        ("tf.keras.losses.BinaryFocalCrossentropy(gamma=2, from_logits=True)", "focal",
         {"activation": "sigmoid", "gamma": 2.0}, {"input": "logits"}),
        ("tf.keras.losses.BinaryFocalCrossentropy(True, 0.3)", "focal",
         {"activation": "sigmoid", "alpha": 0.3}, {"input": "probs"}),
        ("tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.SUM)", "mse", {}, {"reduction": "sum"}),
        ("sklearn.metrics.log_loss", "log_loss", {}, {"input": "probs"}),
        ("metrics.log_loss(y_true, y_pred, normalize=False)", "log_loss", {}, {"input": "probs", "reduction": "sum"}),
        ("sklearn.metrics.mean_squared_error(y_true, y_pred, squared=False)", "rmse", {}, {}),
        ("optax.sigmoid_focal_loss(x, y, alpha=0.25).mean()", "focal", {"activation": "sigmoid", "alpha": 0.25},
         {"input": "logits", "reduction": "mean"}),
        ("torchvision.ops.sigmoid_focal_loss(x, y, alpha=-1, gamma=3, reduction='mean')", "focal",
         {"activation": "sigmoid", "alpha": None, "gamma": 3.0}, {"reduction": "mean"}),
        ("tf.compat.v1.losses.mean_squared_error(y, p, reduction=tf.compat.v1.losses.Reduction.MEAN)", "mse", {},
         {"reduction": "mean", "denominator": "weights"}),
        ("F.smooth_l1_loss(x, y, beta=1 / 9)", "smooth_l1", {"beta": 1 / 9}, {}),
        ("nn.CrossEntropyLoss(weight=torch.ones(3))", "softmax_cross_entropy", {"class_weights": (1.0, 1.0, 1.0)},
         {"input": "logits"}),
    ],
)  # fmt: skip
def test_a_call_is_read(call: str, loss: str, arguments: dict[str, Any], options: dict[str, Any]) -> None:
    meaning = read_call(call)
    assert (meaning.loss.name, meaning.arguments, meaning.options) == (loss, arguments, options)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("torch.nn.CrossEntropyLoss(ignore_idx=255)", "no argument ignore_idx. Did you mean ignore_index?"),
        (
            "torch.nn.CrossEntropyLoss(weight=class_weights)",
            "value of class_weights is not in the call.*--class-weights",
        ),
        ("torch.nn.CrossEntropyLoss(**options)", r"not written out \(\*\*options\)"),
        ("torch.nn.CrossEntropyLoss(*options)", r"not written out \(\*options\)"),
        ("nn.CrossEntropyLoss(None, None, -100, None, 'mean', 0.1, 7)", "takes 6 arguments by position, and has 7"),
        ("nn.MSELoss(reduction='median')", "reduction='median' cannot be computed"),
        ("nn.MSELoss(None, size_average=True)", "given size_average twice"),
        ("nn.TripletMarginLoss(swap=True)", "swap=True cannot be computed: only swap=False"),
        ("nn.CrossEntropyLoss(label_smoothing=2)", "label_smoothing must be a number in"),
        ("F.nll_loss(F.log_softmax(z, dim=1), y)", "write a name such as x in its place"),
        ("F.cross_entropy(z[:, 0], y)", "F.cross_entropy|takes z"),
        ("F.cross_entropy(z[:, :-1], y)", "leave out different positions"),
        ("F.mse_loss(x, y)(z)", "is a function: its result is not called"),
        ("F.crossentropy(x, y)", "no loss of a framework that is known here. Did you mean"),
        ("mylib.CrossEntropyLoss()", "Is it torch.nn.CrossEntropyLoss?"),
        ("hinge_loss(y, s)", "a loss of several frameworks. Write"),
        ("F.mse_loss(x, y", "is not a call as Python writes one"),
        ("F.mse_loss(x, y); import os", "is not one call"),
        ("(lambda: 1)()", "calls something that has no name"),
        ("F.mse_loss(" + "(" * 3000 + ")", "is not a call as Python writes one"),
        ("F.mse_loss(" + "x, " * 9000 + ")", "is longer than 10000 characters"),
        ("sklearn.metrics.mean_squared_error(multioutput='raw_values')", "multioutput='raw_values' cannot be computed"),
        ("keras.losses.BinaryCrossentropy(axis=1)", "only axis=-1 is computed here"),
    ],
)
def test_what_cannot_be_honoured_is_named(call: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        read_call(call)


def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for call in (
        "__import__('os').system('touch PWNED')",
        "F.mse_loss(open('PWNED', 'w'), y)",
        "nn.CrossEntropyLoss(weight=torch.tensor(open('PWNED', 'w')))",
        "nn.CrossEntropyLoss(weight=exec('import os'))",
    ):
        with pytest.raises(UsageProblem):
            read_call(call)
    assert not list(tmp_path.iterdir())


def test_another_loss_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(UsageProblem, match=r"torch\.nn\.CrossEntropyLoss computes softmax_cross_entropy, not mse"):
        read_call("torch.nn.CrossEntropyLoss()", registry.find("mse"))
    assert read_call("nn.NLLLoss()", registry.find("ce")).loss.name == "softmax_cross_entropy"
    assert read_call("nn.NLLLoss()").loss.name == "nll"


def test_labels_of_another_form_than_the_calls_are_refused() -> None:
    pred, numbers, rows = np.eye(3) * 0.7 + 0.1, np.arange(3), np.eye(3)
    assert losscli.compute("ce", pred, rows, like="keras.losses.CategoricalCrossentropy()").n == 3
    with pytest.raises(LossCliError, match=r"keras\.losses\.CategoricalCrossentropy"):
        losscli.compute("ce", pred, numbers, like="keras.losses.CategoricalCrossentropy()")


def test_on_the_command_line(cli: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pred, label = rng.normal(size=(20, 3)), rng.integers(0, 3, 20)
    np.save(tmp_path / "p.npy", pred)
    np.save(tmp_path / "y.npy", label)
    files = [tmp_path / "p.npy", tmp_path / "y.npy"]
    call = "nn.CrossEntropyLoss(ignore_index=1, reduction='sum')"
    plain = losscli.compute("ce", pred, label, like="torch", ignore_index=1, reduction="sum")
    without = losscli.compute("ce", pred, label, like="torch", ignore_index=1)
    for words in (["compute", "ce", *files, "--like", call], ["compute", "--like", call, *files],
                  ["compute", *files, f"--like={call}"]):  # fmt: skip
        code, out, _ = cli(*words, "--format", "value")
        assert (code, float(out)) == (0, plain.value), words
    code, out, _ = cli("compute", *files, "--like", call, "--reduction", "mean", "--format", "value")
    assert (code, float(out)) == (0, without.value)  # an option beside the call wins
    code, out, _ = cli("batch", files[0], "--labels", files[1], "-l", f"ce:like={call}", "--format", "json")
    assert code == 0
    assert f'"value": {plain.value!r}' in out
    np.save(tmp_path / "q.npy", pred + 1e-3 * rng.normal(size=pred.shape))
    words = [files[0], tmp_path / "q.npy", files[1], "-l", "ce:like=nn.CrossEntropyLoss(ignore_index=1)", "--json"]
    code, out, _ = cli("compare", *words)
    assert code == 0
    assert repr(without.value) in out
    assert losscli.compute(None, pred, label, like=call).value == plain.value


def test_show_gives_the_command_that_computes_the_same(cli: Callable[..., Any]) -> None:
    code, out, _ = cli("show", "--like", "nn.CrossEntropyLoss(weight=[1, 2.5], ignore_index=-1)")
    assert code == 0
    assert (
        "losscli compute softmax_cross_entropy --like torch --input logits --class-weights 1,2.5 --ignore-index -1 "
        "PREDICTIONS LABELS" in out
    )
