import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.errors import UsageProblem
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import IgnoreIndex
from ._tokens import counted, exact_sum, exponential, of_classes


@loss(
    "perplexity",
    aliases=("ppl",),
    family="language models",
    pred=("logprobs", "logits", "probs"),
    label=("index", "none"),
    pred_of_sequences="logits",
    pred_dims=(1, 2),
    adds_lists=True,
    reductions=("pooled",),
    best=1.0,
    formula="exp(-sum of log-probabilities / number of tokens)",
    unit="tokens to choose from",
    source=Paper(
        "Jelinek et al. 1977, Perplexity: a measure of the difficulty of speech recognition tasks",
        "doi:10.1121/1.2016299",
    ),
    like={
        "torchmetrics": call(
            "torchmetrics.functional.text.perplexity(logits, labels, ignore_index=)", input="logits", form="index"
        ),
    },
    elsewhere={"lm-eval": "lm_eval.api.metrics.weighted_perplexity of (log-probability, count)"},
    errata="The mean of documents' perplexities is another, larger number; it is not the perplexity of the text.",
    example="digits/logprobs.npy digits/labels.npy",
)
def perplexity(
    pred: Array,
    label: Array | None,
    *,
    input: str,
    form: str,
    count: Annotated[
        Array | None, Role("tokens of each row, where a row is a sum over them", "(n,)", whole_number=True)
    ] = None,
    ignore_index: IgnoreIndex = None,
) -> Rows:
    """Perplexity: exp of the mean negative log-probability of a token.

    Use it to compare language models that share a tokenizer; across tokenizers take bits_per_byte or word_perplexity.
    Shapes: pred (n,) log-probabilities of the tokens themselves, without labels, a list of them a row (of any length),
    or of documents with --count, the number of their tokens; or pred (n, c) with class numbers (n,); or logits
    (n, positions, c), as models return them, with class numbers (n, positions).
    Notes: all tokens weigh the same, whatever their document. A token of probability 0 makes it inf.
    """
    if form == "none":
        if input != "logprobs":
            raise UsageProblem(
                f"perplexity of {input} needs labels.",
                "Give labels too; without labels predictions are log-probabilities of the tokens themselves.",
            )
        if ignore_index is not None:
            raise UsageProblem("ignore_index is for labels, and there are none.")
        return counted(np.negative(pred), count)
    if count is not None:
        raise UsageProblem("--count is for one log-probability a row; with labels each row is one token.")
    assert label is not None
    return of_classes(pred, label, input, ignore_index)


@perplexity.finish()
def _(losses: Sequence[float], *, ignore_index: int | None) -> float:
    return exponential(losses[0] / losses[1]) if losses[1] else math.nan


@perplexity.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, count: Any) -> Any:
    if form == "none":
        tokens = len(pred) if isinstance(pred, list) else 1
        return m.exp(-exact_sum(m, pred) / (tokens if count is None else count))
    return m.exp(-m.class_logs(pred, input)[label])


perplexity.case(pred=[-1.0, -2.0, -3.0], expect="exp(2)")
perplexity.case(pred=[-4.0, -2.0], count=[3, 1], expect="exp(1.5)")
perplexity.case(pred=[[-1.0, -3.0], [-2.0, 0.0]], expect="exp(1.5)")
perplexity.case(pred=[[0.5, 0.5], [0.125, 0.875]], label=[0, 0], input="probs", expect="4")
perplexity.case(pred=[[0.0, 0.0], [3.0, 1.0]], label=[1, -100], input="logits", ignore_index=-100, expect="2")
