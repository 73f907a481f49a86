"""Calls of frameworks as they stand in code: what they compute, and what is refused by its name."""

from __future__ import annotations

import inspect
import json
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
        assert set(ours) - set(names) <= {"squared"}, signature.name  # scikit-learn had it


def test_every_preset_of_a_function_can_be_pasted() -> None:
    calls = {signature.call for signature in SIGNATURES}
    left_out = {
        "tf.compat.v1.distributions.kl_divergence",  # of distributions, not of arrays
        "tf.nn.l2_loss",  # of a difference
        "optax.ctc_loss",  # of paddings in place of lengths
        "optax.generalized_kl_divergence",  # of logarithms of what a file holds
        "sklearn.metrics.top_k_accuracy_score",  # a score: the loss is 1 minus it
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


WEIGHTED = "F.mse_loss(x, y, weight=w)"
NO_FILE = "given weight=w, and no file says what that is. Say --weights FILE"


@pytest.mark.parametrize(
    "words",
    [
        ["compute", "mse", "x.npy", "y.npy", "--like", WEIGHTED],
        ["compute", "x.npy", "y.npy", "--like", WEIGHTED],
        ["batch", "x.npy", "--labels", "y.npy", "-l", "mse", "--like", WEIGHTED],
        ["batch", "x.npy", "--labels", "y.npy", "-l", f"mse:like={WEIGHTED}"],
        ["compare", "x.npy", "q.npy", "y.npy", "-l", f"mse:like={WEIGHTED}"],
        ["compare", "x.npy", "q.npy", "y.npy", "-l", "mse", "--like", WEIGHTED],
    ],
)
def test_weights_in_a_call_need_a_file(
    words: list[str], cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = _weighted_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, _, err = cli(*words)
    assert code == 2
    assert NO_FILE in err
    code, out, err = cli(*words, "--weights", "w.npy", "--json")
    assert code == 0, err
    assert repr(value) in out


def _weighted_files(folder: Path) -> float:
    """Predictions of two models, labels and weights in files, and what PyTorch makes of the first."""
    rng = np.random.default_rng(3)
    arrays = dict(zip("xqyw", np.abs(rng.normal(size=(4, 12))), strict=True))
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    value = losscli.compute("mse", arrays["x"], arrays["y"], like="torch", weights=arrays["w"]).value
    assert value is not None
    assert not np.isclose(value, np.mean((arrays["x"] - arrays["y"]) ** 2), rtol=0.01)
    return value


@pytest.mark.parametrize(
    "losses",
    [
        f"""loss = ["mse:like={WEIGHTED}"]""",
        f"""loss = ["mse"]\nlike = "{WEIGHTED}" """,
        f"""[[loss]]\nname = "mse"\nlike = "{WEIGHTED}" """,
    ],
)
def test_weights_in_a_call_of_a_suite_need_a_file(losses: str, cli: Callable[..., Any], tmp_path: Path) -> None:
    value = _weighted_files(tmp_path)
    data = "[[data]]\npred = 'x.npy'\nlabel = 'y.npy'\n"
    suite = tmp_path / "suite.toml"
    suite.write_text(data + losses + "\n")
    code, _, err = cli("batch", suite)
    assert code == 2
    assert NO_FILE in err
    suite.write_text(f"{data}weight = 'w.npy'\n{losses}\n")
    code, out, err = cli("batch", suite, "--json")
    assert code == 0, err
    assert repr(value) in out


def test_weights_in_a_call_need_an_array_in_python() -> None:
    x, y, w = np.abs(np.random.default_rng(4).normal(size=(3, 9)))
    value = losscli.compute("mse", x, y, like="torch", weights=w).value
    for loss in (f"mse:like={WEIGHTED}", ("mse", {"like": WEIGHTED})):
        with pytest.raises(UsageProblem, match="given weight=w, and no file says"):
            losscli.evaluate([loss], x, y)
        assert losscli.evaluate([loss], x, y, weights=w).results[0].value == value
    for compute in (losscli.compute, lambda *data, **words: losscli.compare(*data[:2], *data[1:], **words)):
        with pytest.raises(UsageProblem, match="given weight=w, and no file says"):
            compute("mse", x, y, like=WEIGHTED)
    assert losscli.compute("mse", x, y, like=WEIGHTED, weights=w).value == value


@pytest.mark.parametrize(
    ("call", "weight"),
    [
        ("tf.compat.v1.losses.absolute_difference(labels, preds, weights=2.0)", 2.0),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, tf.constant(0.5))", 0.5),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, weights=0)", 0.0),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, 3, reduction=tf.compat.v1.losses.Reduction.SUM)", 3.0),
        ("tf.compat.v1.losses.absolute_difference(labels, preds, [2, 1, 0, 0.5])", [2, 1, 0, 0.5]),
        ("keras.losses.MeanAbsoluteError()(y_true, y_pred, sample_weight=[[0.7], [0.3], [1], [0]])", [0.7, 0.3, 1, 0]),
        ("sklearn.metrics.mean_absolute_error(y, x, sample_weight=np.array([1, 2, 3, 4]) / 2)", [0.5, 1, 1.5, 2]),
    ],
)
def test_weights_that_a_call_holds(call: str, weight: Any) -> None:
    x, y = np.abs(np.random.default_rng(5).normal(size=(2, 4)))
    like = call.partition(".")[0].replace("tf", "tf1")
    reduction = {"reduction": "sum"} if "SUM" in call else {}
    want = losscli.compute("mae", x, y, like=like, weights=np.broadcast_to(weight, 4).copy(), **reduction)
    assert losscli.compute("mae", x, y, like=call).value == want.value
    other = np.array([1.0, 0, 0, 0])
    beside = losscli.compute("mae", x, y, like=call, weights=other)  # what is given beside the call wins
    assert beside.value == losscli.compute("mae", x, y, like=like, weights=other, **reduction).value
    both = losscli.evaluate([f"mae:like={call}", f"mae:like={like}"], x, y).results
    assert [each.value for each in both] == [
        losscli.compute("mae", x, y, like=call).value,
        losscli.compute("mae", x, y, like=like).value,
    ]


@pytest.mark.parametrize("weight", ["-1.0", "[1, -2]", "'a'", "[[1], [2, 3]]", "True", "float('inf')", "[]"])
def test_weights_that_are_none_are_refused_by_name(weight: str) -> None:
    with pytest.raises(UsageProblem, match=r"sample_weight=.* weights are numbers of at least 0"):
        read_call(f"keras.losses.MeanAbsoluteError()(y, x, sample_weight={weight})")


def test_a_report_of_weights_that_a_call_holds_can_be_verified(cli: Callable[..., Any], tmp_path: Path) -> None:
    _weighted_files(tmp_path)
    call = "tf.compat.v1.losses.absolute_difference(labels, preds, weights=2.0)"
    table = tmp_path / "t.csv"
    table.write_text("x,y,k\n" + "".join(f"{i}.5,{i * i},{i}\n" for i in range(9)))
    other = tmp_path / "other.csv"
    other.write_text("y,k\n" + "".join(f"{i % 4},{i}\n" for i in reversed(range(9))))
    for files, extra in (
        ([tmp_path / "x.npy", tmp_path / "y.npy"], []),
        ([table, "--pred", "x", "--label", "y", "--where", "k>2"], []),
        ([table, other, "--pred", "x", "--label", "y", "--join", "k"], []),
    ):
        report, plain = tmp_path / "report.json", tmp_path / "plain.json"
        assert cli("compute", "mae", *files, *extra, "--like", "tf1", "--json", "-o", plain).code == 0
        assert cli("compute", "mae", *files, *extra, "--like", call, "--json", "-o", report).code == 0
        value, half = (json.loads(each.read_text())["results"][0]["value"] for each in (report, plain))
        assert np.isclose(value, 2 * half, rtol=1e-6)
        ran = cli("verify", report)
        assert ran.code == 0, ran.out
    code, out, _ = cli("show", "--like", call)
    assert code == 0
    assert f"losscli compute mae --like '{call}' PREDICTIONS LABELS" in out


PIXELS = ["torch.tensor([1., 2., 5.]).view(3, 1, 1)", "torch.tensor([1., 2., 5.]).reshape((1, -1, 1, 1))",
          "torch.tensor([1., 2., 5.])[:, None, None]", "np.array([0.5, 1, 2.5])[None, :, None, None] * 2",
          "torch.tensor([1., 2., 5.]).unsqueeze(-1).unsqueeze(-1).cuda()",
          "torch.tensor([[[1]], [[2]], [[5]]])"]  # fmt: skip


@pytest.mark.parametrize("written", PIXELS)
def test_an_array_in_a_call_says_by_its_shape_which_axis_it_goes_along(written: str) -> None:
    rng = np.random.default_rng(6)
    pred, label = rng.normal(size=(2, 3, 4, 3)), rng.integers(0, 2, (2, 3, 4, 3)).astype(float)
    call = f"nn.BCEWithLogitsLoss(pos_weight={written})"
    along = np.array([1.0, 2, 5])[:, None, None]
    terms = label * along * np.log1p(np.exp(-pred)) + (1 - label) * np.log1p(np.exp(pred))
    assert np.isclose(losscli.compute("bce", pred, label, like=call).value, terms.mean(), rtol=1e-12)


@pytest.mark.parametrize("shape", [(4,), (4, 3), (2, 3, 4), (2, 3, 4, 3)])
@pytest.mark.parametrize(("written", "number"), [("torch.tensor([3.])", 3.0), ("torch.ones(1, 1) * 2", 2.0)])
def test_one_value_in_an_array_is_for_all_classes(written: str, number: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(8)
    pred, label = rng.normal(size=shape), rng.integers(0, 2, shape).astype(float)
    value = losscli.compute("bce", pred, label, like=f"nn.BCEWithLogitsLoss(pos_weight={written})").value
    assert value == losscli.compute("bce", pred, label, like="torch", pos_weight=number).value


@pytest.mark.parametrize(
    "written", ["torch.tensor([1., 2.]).view(7)", "torch.ones(10**9)", "torch.ones(99999, 99999)", "torch.ones(0)",
                "torch.ones(x)", "torch.tensor([1., 2.])[0]", "x.view(3, 1, 1)", "torch.tensor('a').view(1)"],
)  # fmt: skip
def test_arrays_that_cannot_be_made_are_not_in_the_call(written: str) -> None:
    with pytest.raises(UsageProblem, match=r"is not in the call|must be a number"):
        read_call(f"nn.BCEWithLogitsLoss(pos_weight={written})")


def test_a_list_whose_axis_its_file_says_can_be_verified(cli: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    np.save(tmp_path / "z.npy", rng.normal(size=(2, 3, 4, 3)))
    np.save(tmp_path / "y.npy", rng.integers(0, 2, (2, 3, 4, 3)))
    np.save(tmp_path / "p.npy", np.array([1.0, 2, 5]).reshape(3, 1, 1))
    files, report = [tmp_path / "z.npy", tmp_path / "y.npy"], tmp_path / "report.json"
    call = f"nn.BCEWithLogitsLoss(pos_weight={PIXELS[0]})"
    loss = f"bce:like=torch,pos_weight={tmp_path / 'p.npy'}"
    for words in (["compute", *files, "--like", call], ["batch", files[0], "--labels", files[1], "-l", loss]):
        assert cli(*words, "--format", "json", "-o", report).code == 0
        assert cli("verify", report).code == 0
    code, out, _ = cli("show", "--like", call)
    assert code == 0
    assert "--pos-weight 1,2,5 --class-axis -3" in out


def test_show_gives_the_command_that_computes_the_same(cli: Callable[..., Any]) -> None:
    code, out, _ = cli("show", "--like", "nn.CrossEntropyLoss(weight=[1, 2.5], ignore_index=-1)")
    assert code == 0
    assert (
        "losscli compute softmax_cross_entropy --like torch --input logits --class-weights 1,2.5 --ignore-index -1 "
        "PREDICTIONS LABELS" in out
    )
