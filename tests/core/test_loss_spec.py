"""A loss as one word: what reads, what is refused, and that what is written reads back."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

from typing import Any

import pytest

from losscli.core import loss_spec, registry
from losscli.core.errors import UsageProblem


@pytest.mark.parametrize(
    ("text", "arguments", "options"),
    [
        ("mse", {}, {}),
        ("MSE", {}, {}),
        ("mean-squared-error", {}, {}),
        ("focal:gamma=2", {"gamma": 2.0}, {}),
        ("focal: gamma = 2 , alpha = 0.25", {"gamma": 2.0, "alpha": 0.25}, {}),
        ("focal:alpha=0.25,0.75,gamma=1", {"alpha": (0.25, 0.75), "gamma": 1.0}, {}),
        ("focal:alpha=none", {"alpha": None}, {}),
        ("focal:alpha=weights.npy::a,b", {"alpha": "weights.npy::a,b"}, {}),
        ("ce:label-smoothing=0.1,like=keras,denominator=count", {"label_smoothing": 0.1}, {"like": "keras", "denominator": "count"}),
        ("triplet:mining=hard,normalize=yes", {"mining": "hard", "normalize": True}, {}),
        ("dice:pool=batch,input=logits,reduction=sum", {"pool": "batch"}, {"input": "logits", "reduction": "sum"}),
        ("center:centers=c=1.npy", {"centers": "c=1.npy"}, {}),
        ("bce:like=sklearn@0.24", {}, {"like": "sklearn@0.24"}),
        ("ce:class_axis=-1,shift=1", {}, {"class_axis": -1, "shift": 1}),
        ("mse:column_weights=1,2", {}, {"column_weights": "1,2"}),
    ],
)  # fmt: skip
def test_what_reads(text: str, arguments: dict[str, Any], options: dict[str, str]) -> None:
    found = loss_spec.read(text)
    assert found.loss is registry.find(text.partition(":")[0])
    assert (found.arguments, found.options) == (arguments, options)
    assert loss_spec.read(found.text) == found._replace(alias="")  # the text has the loss's own name
    assert loss_spec.read(found.text).text == found.text


def test_what_is_written() -> None:
    loss, arguments, options, *_ = loss_spec.read("focal_loss:alpha=0.25,gamma=2.50,like=keras")
    assert loss_spec.write(loss, arguments, options) == "focal:alpha=0.25,gamma=2.5,like=keras"
    assert loss_spec.write(loss, {"gamma": 0.1 + 0.2}) == "focal:gamma=0.30000000000000004"
    assert loss_spec.write(loss, {}) == "focal"


def test_every_default_reads_back() -> None:
    for loss in registry.everything().values():
        defaults = {param.name: param.default for param in loss.params if param.default is not None}
        assert loss_spec.read(loss_spec.write(loss, defaults)).arguments == defaults


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' names no loss. Write NAME or NAME:KEY=VALUE,KEY=VALUE."),
        (":gamma=2", "':gamma=2' names no loss. Write NAME or NAME:KEY=VALUE,KEY=VALUE."),
        ("focl:gamma=2", "There is no loss 'focl'. Did you mean focal?"),
        ("focal:", "'focal:' has nothing after the colon. Write focal, or focal:KEY=VALUE."),
        ("focal:2", "In 'focal:2' '2' has no value. Write KEY=VALUE."),
        ("focal:=2", "In 'focal:=2' '=2' has no name before the equals sign. Write KEY=VALUE."),
        ("focal:gamma=", "In 'focal:gamma=' gamma has no value. Write gamma=VALUE."),
        ("focal:gamma=1,gamma=2", "'focal:gamma=1,gamma=2' says gamma twice. Leave one out."),
        ("focal:gama=2", "focal has no parameter 'gama'. Did you mean gamma?"),
        ("mse:zzz=2", "mse has no parameter 'zzz'. It has: like, input, reduction, denominator."),
        ("focal:gamma=-1", "gamma must be a number in [0, inf), got -1."),
        ("focal:gamma=two", "gamma must be a number in [0, inf), got two."),
        ("mse:reduction=men", "reduction of mse must be one of mean, sum, none, pooled, got men. Did you mean mean?"),
        ("mse:input=logits", "input of mse must be one of values, got logits."),
        ("triplet:normalize=maybe", "normalize must be yes or no, got maybe."),
    ],
)
def test_what_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UsageProblem) as raised:
        loss_spec.read(text)
    assert str(raised.value) == sentence


def test_values_that_are_no_text() -> None:
    focal = registry.find("focal")
    assert loss_spec.checked(focal, {"gamma": 2, "alpha": [0.2, 0.8]}).arguments == {"gamma": 2.0, "alpha": (0.2, 0.8)}
    for given in ({"gamma": True}, {"like": 3}, {"gamma": [1, 2]}):
        with pytest.raises(UsageProblem):
            loss_spec.checked(focal, given)
    with pytest.raises(UsageProblem, match="must name a file"):
        loss_spec.checked(registry.find("center"), {"centers": 3})
    with pytest.raises(UsageProblem, match="given gamma twice"):
        loss_spec.checked(focal, {"gamma": 2, " gamma": 2})
