"""Weighted sums of losses as texts: what they mean, how they are written back, and what points at a mistake."""

from __future__ import annotations

import contextlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli.core import loss_spec, registry
from losscli.core.errors import UsageProblem


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dice + 0.5 * focal(gamma=2)", "dice + 0.5 * focal(gamma=2)"),
        ("Dice-Loss+.5*binary_focal( gamma = 2 )", "dice + 0.5 * focal(gamma=2)"),
        ("focal(gamma=2) * 0.5 + dice", "0.5 * focal(gamma=2) + dice"),
        ("focal(gamma=2)/4", "0.25 * focal(gamma=2)"),
        ("2 * (mse + mae) - huber(delta=0.5) / 2", "2 * mse + 2 * mae - 0.5 * huber(delta=0.5)"),
        ("-mse + 3*2*mae/6", "-mse + mae"),
        ("mse -mae", "mse - mae"),
        ("1e-3 * mse + 2.5E2*mae", "0.001 * mse + 250 * mae"),
        ("mse + mse", "mse + mse"),
        ("ce(class_weights=[1, 2,3], ignore_index=-1) + 1 * ce", "softmax_cross_entropy(class_weights=[1,2,3], "
         "ignore_index=-1) + softmax_cross_entropy"),
        ("focal(alpha=none, activation='sigmoid') + dice", "focal(alpha=none, activation=sigmoid) + dice"),
        ("dice(pool=batch)+focal-loss", "dice(pool=batch) + focal"),
    ],
)  # fmt: skip
def test_a_sum_is_read_and_written_back(text: str, name: str) -> None:
    loss = registry.find(text)
    assert loss.name == name
    again = registry.find(name)
    assert again.name == name
    assert [(p.weight, p.loss, p.params) for p in again.parts] == [(p.weight, p.loss, p.params) for p in loss.parts]
    copied = pickle.loads(pickle.dumps(loss))
    assert [(p.weight, p.loss, p.params) for p in copied.parts] == [(p.weight, p.loss, p.params) for p in loss.parts]


def test_one_loss_alone_is_itself() -> None:
    assert registry.find("(mse)") is registry.find(" +1 * mse") is registry.find("mse")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("mse +", "at its end", "a loss is missing here"),
        ("mse + + mae", "at character 7 (+)", "a loss is missing here"),
        ("mse * mae", "at character 7 (mae)", "losses are added, not multiplied with each other"),
        ("2 / mse", "at character 5 (mse)", "only a number divides a loss"),
        ("mse / 0", "at character 7 (0)", "a loss cannot be divided by 0"),
        ("mse + 1", "at character 7 (1)", "this number multiplies no loss"),
        ("0.5 mse", "at character 1 (0.5)", "this number multiplies no loss"),
        ("1e999 * mse", "at character 1 (1e999)", "this number is too large"),
        ("mse + $x", "at character 7 ($)", "a loss stands here"),
        ("mse + focl", "at character 7 (focl)", "There is no loss 'focl'"),
        ("mse + huber(delta", "at character 13 (delta)", "a parameter is given by its name"),
        ("mse + huber(2)", "at character 13 (2)", "a parameter is given by its name"),
        ("mse + huber(delta=)", "at character 19 ())", "delta has no value"),
        ("mse + huber(delta=1", "at its end", "a closing parenthesis is missing"),
        ("mse + huber(delta=1))", "at character 21 ())", "one too many"),
        ("mse + huber(delta=0)", "at character 7 (huber)", "delta must be a number in (0, inf), got 0"),
        ("mse + huber(delta=1, delta=2)", "at character 22 (delta)", "delta is given twice"),
        ("mse + huber(gamma=1)", "at character 7 (huber)", "huber has no parameter 'gamma'"),
        ("mse + huber(like=torch)", "at character 7 (huber)", "like cannot be said of huber alone"),
        ("mse + huber(input=values)", "at character 7 (huber)", "input cannot be said of huber alone"),
        ("mse + ce(class_weights=w.npy)", "at character 7 (ce)", "class_weights must be"),
        ("perplexity(count=c.npy) + nll", "at character 1 (perplexity)", "count of perplexity is a file"),
        ("mse mae + l2", "at character 5 (mae)", "a sign (+, -, *) is missing"),
        ("(" * 30 + "mse", "at character 22 (()", "too many parentheses"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, place: str, words: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        registry.find(text)
    message = str(caught.value)
    assert message.startswith(f"In '{text}', {place}: ")
    assert any(each in message for each in words.split("|"))


def test_losses_that_cannot_be_added() -> None:
    with pytest.raises(UsageProblem, match=r"dice takes probs or logits; nll takes logprobs\. Compute the losses one"):
        registry.find("dice + nll")
    with pytest.raises(UsageProblem, match="gaussian_nll needs variance"):
        registry.find("mse + gaussian_nll")


def test_it_takes_no_code() -> None:
    for text in ("__import__('os').system('x') + mse", "mse + [x for x in ()]", "mse + huber(delta=__import__('os'))"):
        with pytest.raises(UsageProblem):
            registry.find(text)


def test_options_of_the_whole_stand_behind_a_colon() -> None:
    spec = loss_spec.read("dice + focal(gamma=2):input=probs,reduction=sum")
    assert (spec.loss.name, spec.options) == ("dice + focal(gamma=2)", {"input": "probs", "reduction": "sum"})
    assert spec.text == "dice + focal(gamma=2):input=probs,reduction=sum"
    with pytest.raises(UsageProblem, match="no parameter 'gamma'"):
        loss_spec.read("dice + focal:gamma=2")


@given(st.text(alphabet="mseau+-*/(). 0123456789=,[]:'\"e", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageProblem):
        losscli.loss(text)
