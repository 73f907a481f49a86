"""Reports made by hand: typical ones, and ones with hostile names."""

from __future__ import annotations

import math
from typing import Any

from losscli.report.model import Check, Input, Report, Result

HOSTILE = [
    "]]><evil/>&amp;'\"",
    "a|b`c``d\\|e",
    "<script>alert(1)</script>",
    "@octocat #1 ~~x~~ [l](javascript:x) ![i](http://x.y/z) www.evil.com https://evil.com",
    "line\r\nbreak\u2028and\x85more\ttab",
    "\x1b[31mred\x1b]0;title\x07\x00\x08\x9b",
    "right\u202eleft\u2066",
    "lone\udcff\ud800surrogates\ufffe\uffff",
    "emoji 🦙👩\u200d🔬 文字",
    "=1+1",
    "+cmd",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "::error title=x::y",
    '"quoted",comma;semicolon',
    "{brace=\"x\"} 1\n# EOF\nevil 2",
    "%0A%25",
    " padded ",
    "\\",
    "`",
    "|",
    "'",
]  # fmt: skip


def result(loss: str = "focal", value: float | None = 0.04939297320288288, **changes: Any) -> Result:
    """A result made by hand."""
    settings: dict[str, Any] = {
        "n": 412, "weight_sum": 412.0, "reduction": "mean", "denominator": "weights", "input": "logits",
        "label": "binary", "params": {"alpha": None, "gamma": 2.0}, "stderr": 0.01847196881429368, "unit": "nats",
        "signature": f"{loss}|alpha:none|gamma:2.0", "counts": {"dropped": 1, "nan": 1},
    }  # fmt: skip
    return Result(loss, value, **{**settings, **changes})


def failed(dataset: str, error: str, loss: str = "focal") -> Result:
    """A data set that could not be computed."""
    nothing = {"dropped": 0, "nan": 0}
    return result(loss, None, dataset=dataset, error=error, n=0, weight_sum=0.0, stderr=None, counts=nothing)


def typical() -> Report:
    """One of everything that a run may find."""
    gates = [
        Check("max", True, 0.3, 0.0494, "0.0494 is at most 0.3."),
        Check("baseline", False, 0.04, 0.0494, "0.0494 is worse than 0.04 by more than 0.5%."),
        Check("drift", None, 0.0, 0.001, "The interval holds 0."),
        Check("speed", False, 1.0, 2.0, "", informational=True),
    ]
    ci = {"level": 0.95, "low": 0.013, "high": 0.086, "method": "analytic"}
    results = [
        result(dataset="val-1.parquet", gates=gates, ci=ci),
        result(
            dataset="val-1.parquet", params={"alpha": None, "gamma": 3.0}, like="keras", call="keras.losses.f(a | b)"
        ),
        result("mse", math.inf, dataset="val-2.parquet", stderr=None, unit=""),
        result("mae", math.nan, dataset="val-2.parquet", stderr=None, unit=""),
        failed("val-3.parquet", "val-3.parquet has no column label. Did you mean labels?"),
    ]
    inputs = [Input("predictions", "val-1.parquet", "parquet", "float64", (412,), "0" * 64)]
    return Report("gate", results, inputs, ["The predictions look like probabilities."], 0.25)


def hostile() -> Report:
    """Every name from outside is an attack."""
    results = []
    for i, text in enumerate(HOSTILE):
        gates = [Check(f"{text}{i}", False, 1.0, 2.0, text)]
        results += [result(dataset=text, gates=gates), failed(text, f"{text} failed", "mse")]
        said = dict.fromkeys(("unit", "input", "label", "like", "call", "signature"), text)
        results.append(result(f"{text}", dataset="read back", **said))  # from a report that someone else wrote
    inputs = [Input("predictions", "p`|<b>.npy", "npy", "float64", (4,))]
    return Report("batch", results, inputs, ["a ``note`` with | and <b>"], 0.25)
