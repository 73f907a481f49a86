"""`reconcile`: the convention that made a number is found by the number alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from golden.case import Case
from golden.compare import exception, goldens, pairs
from simulate_reconcile import outcomes

import losscli
from losscli.core import registry
from losscli.core.arrays.activation import ACTIVATIONS
from losscli.core.declarations.param import Param
from losscli.reconciliation import search
from losscli.reconciliation.accidents import digits_that_decide, expected_by_accident
from losscli.reconciliation.expected_number import ExpectedNumber
from losscli.report.lines.match_lines import search_sentence
from losscli.report.reconciliation import Reconciliation

TRUTH, GUESS, WEIGHT = np.array([1.0, 2, 3, 4]), np.array([1.5, 2, 5, 3]), np.array([1.0, 2, 0, 2])
LOGITS = np.array([[2, 1, 0.1], [0.5, 2.5, -1], [1, 1, 1], [0.3, -2, 0.7]])
CLASSES = np.array([0, 2, 1, 2])


def likes(found: list[Any]) -> set[str | None]:
    return {match.like for match in found}


@pytest.mark.parametrize(
    ("expect", "frameworks"),
    [("0.75", {"tf1"}), ("0.5625", {"keras"}), ("0.45", {"sklearn", "torch", None})],
)
def test_weighted_means(expect: str, frameworks: set[str]) -> None:
    found = losscli.reconcile("mse", GUESS, TRUTH, weights=WEIGHT, expect=expect)
    assert frameworks <= likes(found)
    assert not likes(found) & ({"tf1", "keras", "sklearn"} - frameworks)
    assert all(abs(match.value - float(expect)) < 1e-6 for match in found)


def test_the_document_has_conventions_of_its_own() -> None:
    assert likes(losscli.reconcile("mse", GUESS, TRUTH, expect="0.375")) == {"document"}
    x, y = np.array([2, -1, 0.5, -3]), np.array([1, 0, 1, 1])
    assert "document" in likes(losscli.reconcile("bce", x, y, expect="0.495357"))


def first(found: list[Any]) -> dict[str, Any]:
    assert found
    return dict(found[0].knobs)


def test_the_root_of_a_mean() -> None:
    assert first(losscli.reconcile("mse", GUESS, TRUTH, expect="1.145644"))["factor"] == "root"


def test_a_softmax_of_a_softmax() -> None:
    twice = losscli.compute("ce", ACTIVATIONS["softmax"](LOGITS), CLASSES, input="logits").value
    knobs = first(losscli.reconcile("ce", LOGITS, CLASSES, expect=f"{twice:.6f}"))
    assert (knobs["input"], knobs["squash"]) == ("logits", "softmax")


def test_labels_in_another_encoding() -> None:
    value = losscli.compute("ce", LOGITS, CLASSES).value
    assert first(losscli.reconcile("ce", LOGITS, CLASSES + 1, expect=f"{value:.6f}"))["labels"] == "y - 1"


def test_exchanged_files() -> None:
    p, q = np.array([[0.7, 0.2, 0.1]]), np.array([[0.5, 0.3, 0.2]])
    found = losscli.reconcile("kl", p, q, input="probs", expect="0.0851228")
    assert any(match.knobs.get("swapped") or match.knobs.get("direction") == "reverse" for match in found)


def test_means_of_batches() -> None:
    rng = np.random.default_rng(0)
    guess, truth = rng.normal(size=10), rng.normal(size=10)
    square = (guess - truth) ** 2
    value = np.mean([square[:4].mean(), square[4:8].mean(), square[8:].mean()])
    found = losscli.reconcile("mse", guess, truth, expect=f"{value:.7f}", batch_size=4)
    assert all(match.knobs["batch_size"] == 4 for match in found)
    assert found


def test_more_rows_than_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried on a sample first is found on everything."""
    monkeypatch.setattr(search, "SAMPLE", 1 << 10)
    rng = np.random.default_rng(1)
    x = rng.normal(size=2_500)
    y = (rng.random(2_500) < 0.3).astype(float)
    value = losscli.compute("bce", x, y, label_smoothing=0.2, pos_weight=2.0).value
    knobs = first(losscli.reconcile("bce", x, y, expect=f"{value:.8f}"))
    assert (knobs["label_smoothing"], knobs["pos_weight"]) == (0.2, 2.0)


def test_a_number_that_nothing_prints() -> None:
    assert losscli.reconcile("mse", GUESS, TRUTH, expect="0.777777777") == []


def test_without_a_number_every_convention() -> None:
    found = losscli.reconcile("mse", GUESS, TRUTH, weights=WEIGHT)
    values = {match.like: match.value for match in found}
    by_rows = dict.fromkeys(("keras", "gluonts", "utilsforecast"), 0.5625)
    assert values == {None: 0.45, "tf1": 0.75, "torch": 0.45, "sklearn": 0.45, "lightgbm": 0.45} | by_rows | {
        name: values[name] for name in ("optax", "torchmetrics", "document") if name in values
    }


@pytest.mark.parametrize(
    ("expect", "digits", "meets", "misses"),
    [
        ("0.45", None, [0.45, 0.4549, 0.4451], [0.456, 0.444]),
        ("0.450", None, [0.4504], [0.451]),
        ("1.5e-3", None, [0.00154], [0.00156]),
        ("123.456", 2, [124.9, 120.0], [130.0]),
        (0.25, None, [0.2549], [0.256]),
        ("inf", None, [math.inf], [1e300]),
        ("nan", None, [math.nan], [0.0]),
    ],
)
def test_digits(expect: Any, digits: int | None, meets: list[float], misses: list[float]) -> None:
    target = ExpectedNumber.of(expect, digits)
    assert all(map(target.meets, meets))
    assert not any(map(target.meets, misses))


KEPT = ("weights", "class_weights", "class_weights_matrix", "input_lengths", "label_lengths", "positive", "negative")
KEPT += ("layout", "variance", "bias", "other", "scale")


def asked() -> list[Any]:
    """Goldens with a plain number, some for each framework and loss; most of them are slow."""
    found = []
    for turn, (framework, loss) in enumerate(pairs()):
        cases = [case for case in goldens(framework) if case.loss == loss and _fit(case)]
        if registry.find(loss).batched:  # whose rows have no loss of their own, so that nothing is searched
            continue
        rng = np.random.default_rng(len(found))
        some = [cases[at] for at in rng.permutation(len(cases))[:6]]
        smallest = min(some, key=lambda case: np.size(case.arguments["pred"]), default=None)
        for case in some:
            marks = [] if case is smallest and turn % 8 == 0 else [pytest.mark.slow]
            found.append(pytest.param(case, id=f"{framework} {case.id}", marks=marks))
    return found


def _fit(case: Case) -> bool:
    """A number that says something: not 0, and not made of rows that are all alike."""
    plain = case.reduction == "mean" and isinstance(case.expect, float) and math.isfinite(case.expect)
    # one less a quotient, of which float32 leaves five digits
    plain = plain and (case.dtype == "float64" or registry.find(case.loss).family != "explained variation")
    return plain and abs(float(case.expect)) > 1e-5 and exception(case) is None  # type: ignore[arg-type]


def _tried(param: Param, value: object) -> bool:
    """Whether a search tries this value of a parameter."""
    return value in (param.default, *param.usual, *getattr(param.domain, "values", ()))


@pytest.mark.parametrize("case", asked())
def test_goldens_are_recognised(case: Case) -> None:
    """Six digits of what a framework printed name its call; only what cannot be guessed is given."""
    params = {param.name: param for param in registry.find(case.loss).params}
    given = {
        name: value for name, value in case.arguments.items()
        if name in KEPT or isinstance(value, tuple) or (name in params and not _tried(params[name], value))
    }  # fmt: skip
    label = case.arguments.get("label")
    found = losscli.reconcile(case.loss, case.arguments["pred"], label, expect=f"{case.expect:.6g}", **given)
    # the plain loss, pooled, is a simpler reading of the same digits than a framework's guards of a quotient
    plain = any(match.like is None and set(match.knobs) <= {"input", "pool", "reduction"} for match in found)
    assert case.like in likes(found) or plain, f"{case.call}: {[(m.like, m.knobs) for m in found[:5]]}"


def test_command_line(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", GUESS)
    np.save(tmp_path / "t.npy", TRUTH)
    files = [str(tmp_path / "p.npy"), str(tmp_path / "t.npy")]
    found = cli("reconcile", "mse", *files, "--expect", "1.3125", "--format", "json")
    assert found.code == 0
    document = json.loads(found.out)
    assert document["search"]["found"]
    assert document["results"][0]["value"] == 1.3125
    missed = cli("reconcile", "mse", *files, "--expect", "0.77777")
    assert missed.code == 1
    assert "No convention prints 0.77777" in missed.out
    assert missed.err == ""


# -- accidents --------------------------------------------------------------------------------------------------


def explained(cli: Any, tmp_path: Path, expect: str) -> Any:
    rng = np.random.default_rng(5)
    logits = 2 * rng.normal(size=80)
    np.save(tmp_path / "p.npy", logits)
    np.save(tmp_path / "y.npy", (rng.random(80) < 1 / (1 + np.exp(-logits))).astype(float))
    return cli("reconcile", "bce", tmp_path / "p.npy", tmp_path / "y.npy", "--expect", expect, "--json")


def test_few_digits_cannot_tell(cli: Any, tmp_path: Path) -> None:
    """Two digits are met by many conventions, and by the one that is right; six are met by that one."""
    rng = np.random.default_rng(5)
    logits = 2 * rng.normal(size=80)
    label = (rng.random(80) < 1 / (1 + np.exp(-logits))).astype(float)
    value = losscli.compute("bce", logits, label, label_smoothing=0.1, reduction="sum").value / 80
    few = explained(cli, tmp_path, f"{value:.2g}")
    many = explained(cli, tmp_path, f"{value:.6g}")
    assert (few.code, many.code) == (1, 0)
    documents = [json.loads(each.out) for each in (few, many)]
    assert [each["search"]["found"] for each in documents] == [True, True]
    assert documents[0]["search"]["by_accident"] > 0.25 > 0.01 > documents[1]["search"]["by_accident"]
    for document in documents:
        assert {each["by_accident"] for each in document["results"]} == {document["search"]["by_accident"]}


@pytest.mark.parametrize(("accidents", "says"), [(None, True), (0.25, True), (0.26, False), (1.0, False)])
def test_a_quarter_of_an_accident_is_the_most_that_explains(accidents: float | None, says: bool) -> None:
    matches = losscli.reconcile("mse", GUESS, TRUTH, expect="1.312500")
    found = Reconciliation("mse", "1.3", True, 400, matches, by_accident=accidents, digits=4)
    assert found.decided is says
    assert ("Cannot tell" in search_sentence(found)) is not says
    assert "If at most 0.25 accidents are expected" in (ROOT / "docs" / "reconcile.md").read_text(encoding="utf-8")


def test_the_sentence_says_what_would_tell(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", GUESS)
    np.save(tmp_path / "t.npy", TRUTH)
    ran = cli("reconcile", "mse", tmp_path / "p.npy", tmp_path / "t.npy", "--expect", "1", "--format", "plain")
    assert ran.code == 1
    assert ran.out.startswith("Cannot tell: 1 is what ")
    assert "numbers tried would print it by accident; of " in ran.out
    sure = cli("reconcile", "mse", tmp_path / "p.npy", tmp_path / "t.npy", "--expect", "1.312500", "--format", "plain")
    assert sure.code == 0
    assert "numbers tried would print it by accident." in sure.out


def test_python_carries_the_accidents() -> None:
    (first_match, *_) = losscli.reconcile("mse", GUESS, TRUTH, expect="1.312500")
    assert first_match.by_accident is not None
    assert first_match.by_accident < 0.01
    assert first_match.to_dict()["by_accident"] == first_match.by_accident
    assert {match.by_accident for match in losscli.reconcile("mse", GUESS, TRUTH)} == {None}


def test_accidents_are_counted_beside_the_matches() -> None:
    """A thousand different numbers spread evenly: so many per width; equal ones count once, matches not at all."""
    values = np.linspace(1.0, 2.0, 1001)
    once = expected_by_accident(values, 1.5002, 0.001)
    assert once == pytest.approx(2.0, rel=0.05)
    assert expected_by_accident(np.repeat(values, 7) * (1 + 1e-12), 1.5002, 0.001) == once
    assert expected_by_accident(np.append(values, np.full(500, 1.5002)), 1.5002, 0.001) == once
    assert expected_by_accident(values, math.inf, 0.0) is None
    assert expected_by_accident(np.array([3.0]), 3.0, 0.1) == 0.0
    assert digits_that_decide(2.0, 3) == 5
    assert digits_that_decide(0.01, 3) == 3


@pytest.mark.slow
def test_random_numbers_are_rarely_explained() -> None:
    for loss, digits, which, _, share in outcomes(seed=2, numbers=200):
        if which == "random":
            assert share <= (0.3 if digits == 3 else 0.2), (loss, digits)
        elif digits >= 5:
            assert share >= 0.9, (loss, digits)


# -- kinds ------------------------------------------------------------------------------------------------------


def test_probabilities_are_turned_into_what_the_call_takes() -> None:
    """torch's kl_div takes logarithms: who has probabilities calls it with their log."""
    rng = np.random.default_rng(0)
    pred, label = rng.dirichlet(np.ones(4), 30), rng.dirichlet(np.ones(4), 30)
    value = float((label * (np.log(label) - np.log(pred))).mean())  # reduction="mean" is over all elements
    matches = losscli.reconcile("kl", pred, label, input="probs", expect=f"{value:.7g}")
    match, *_ = [each for each in matches if each.call == "torch.nn.functional.kl_div(logprobs, labels)"]
    assert match.knobs["input"] == "probs"
    assert match.knobs["pred"] == "log of probs"
    scores = rng.normal(size=(30, 4))
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    value = float((label * (np.log(label) - logs)).mean())
    matches = losscli.reconcile("kl", scores, label, input="logits", expect=f"{value:.7g}")
    assert "log-softmax of logits" in {match.knobs.get("pred") for match in matches}
