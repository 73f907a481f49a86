import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.loss import Paper, Rows, loss
from ...core.scratch import Array
from ._tokens import LOGPROBS, Count, counted, exact_sum, exponential


@loss(
    "byte_perplexity",
    aliases=("byte_ppl",),
    best=1.0,
    formula="exp(-sum of log-probabilities / number of bytes)",
    unit="bytes to choose from",
    source=Paper(
        "Jelinek et al. 1977, Perplexity: a measure of the difficulty of speech recognition tasks",
        "doi:10.1121/1.2016299",
    ),
    elsewhere={"lm-eval": "lm_eval.api.metrics.byte_perplexity"},
    errata="Not comparable with the perplexity a token, which depends on the tokenizer.",
    example="sentences/sentences.csv --pred sum_logprob --count ::bytes",
    **LOGPROBS,
)
def byte_perplexity(pred: Array, label: Array | None, *, count: Count) -> Rows:
    """Perplexity a byte of text: 2 to the power of the bits per byte.

    Use it to compare language models whose tokenizers differ; it needs the number of UTF-8 bytes, --count.
    Shapes: pred (n,) log-probabilities (of documents, or of tokens), or a list of those of its tokens a row, of any
    length; count (n,), what they are counted by. No labels.
    Notes: sums are taken over all rows before they are divided. A text of probability 0 makes it inf.
    """
    return counted(np.negative(pred), count)


@byte_perplexity.finish()
def _(losses: Sequence[float]) -> float:
    return exponential(losses[0] / losses[1]) if losses[1] else math.nan


@byte_perplexity.formula
def _(m: Any, pred: Any, label: Any, *, count: Any) -> Any:
    return m.exp(-exact_sum(m, pred) / count)


byte_perplexity.case(pred=[-4.0, -2.0], count=[3, 1], expect="exp(1.5)")
byte_perplexity.case(pred=[-1.0], count=[4], expect="exp(0.25)")
