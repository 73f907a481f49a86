import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.loss import Paper, Rows, loss
from ...core.scratch import Array
from ._tokens import LOGPROBS, Count, counted, exact_sum


@loss(
    "bits_per_byte",
    aliases=("bpb",),
    best=0.0,
    formula="-sum of log-probabilities / (number of bytes x ln 2)",
    unit="bits a byte",
    source=Paper("Gao et al. 2020, The Pile, section 3.1", "arXiv:2101.00027"),
    elsewhere={"lm-eval": "lm_eval.api.metrics.bits_per_byte"},
    errata="Not comparable with the perplexity a token, which depends on the tokenizer.",
    example="sentences/sentences.csv --pred sum_logprob --count ::bytes",
    **LOGPROBS,
)
def bits_per_byte(pred: Array, label: Array | None, *, count: Count) -> Rows:
    """Bits a byte of text costs under a model.

    Use it to compare language models whose tokenizers differ; it needs the number of UTF-8 bytes, --count.
    Shapes: pred (n,) log-probabilities (of documents, or of tokens), or a list of those of its tokens a row, of any
    length; count (n,), what they are counted by. No labels.
    Notes: sums are taken over all rows before they are divided. A text of probability 0 makes it inf.
    """
    return counted(np.negative(pred), count)


@bits_per_byte.finish()
def _(losses: Sequence[float]) -> float:
    return losses[0] / losses[1] / math.log(2.0) if losses[1] else math.nan


@bits_per_byte.formula
def _(m: Any, pred: Any, label: Any, *, count: Any) -> Any:
    return -exact_sum(m, pred) / count / m.log(m.number(2))


bits_per_byte.case(pred=[-4.0, -2.0], count=[3, 1], expect="1.5 / ln 2")
bits_per_byte.case(pred=[-1.0], count=[4], expect="0.25 / ln 2")
