"""The report: what a command found, as data. Renderers turn it into text; nothing here prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..core.arrays.pairing import Pairing
from ..core.record import field, record
from ..core.safe_text import shown

SCHEMA_VERSION = "1.0"


TEXTS = ("loss", "reduction", "denominator", "input", "label", "like", "call", "unit", "signature")
NAME_LENGTH = 4096  # of names and sentences from outside; nobody reads on


@record
class Check:
    """A rule that a result was held to. `passed` None: inconclusive. An informational one never fails a run."""

    name: str
    passed: bool | None
    limit: float | None = None
    value: float | None = None
    message: str = ""
    informational: bool = False

    def __post_init__(self) -> None:
        _neutralise(self, "name", "message")

    @property
    def outcome(self) -> str:
        """passed, failed or inconclusive."""
        return "inconclusive" if self.passed is None else "passed" if self.passed else "failed"

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "passed": self.passed,
            "limit": _finite(self.limit),
            "value": _finite(self.value),
            "message": self.message,
            "informational": self.informational,
        }


@record
class Result:
    """One loss of one data set. A data set that could not be computed has an `error`, a sentence, and no value.

    Attributes:
        loss: The canonical name of the loss.
        value: The loss, a float, also where it is not finite (the document says so by its status); None with
            reduction "none" and where there is an error.
        stderr: The standard error of the value, in its unit; None where the rows cannot tell.
        ci: The interval that was asked for, as a dictionary with level, low, high and method.
        n: The rows that count.
        weight_sum: The sum of their weights.
        reduction, denominator: How the rows became one number.
        input, label: The kind of the predictions and the form of the labels.
        params: The parameters of the loss by name.
        signature: The whole recipe in one line.
        counts: Rows that were left out, by reason.
        rows: The loss of each row, an array (n,), with reduction "none".

    Example:
        >>> import losscli
        >>> losscli.compute("mae", [1.0, 2.0], [1.0, 4.0]).value
        1.0
    """

    loss: str
    value: float | None
    n: int
    weight_sum: float
    reduction: str
    denominator: str | None
    input: str
    label: str | None
    params: dict[str, Any]
    signature: str
    precision: str = "double"
    weighted: bool = False  # whether rows have weights
    elements: dict[str, Any] | None = None  # which elements of a row count, where that was said; and the class axis
    convention: dict[str, str] | None = None  # of like: its name with a version, and the floats it computed in
    stderr: float | None = None
    ci: dict[str, Any] | None = None
    like: str | None = None
    call: str | None = None  # the framework's own call under a convention
    unit: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    rows: Any = None  # the (n,) losses under reduction none
    state: dict[str, Any] | None = None  # of a shard, for `merge`
    hidden_params: frozenset[str] = frozenset()  # parameters that a reader need not see: knobs of frameworks left alone
    pairing: Pairing | None = None  # None: by position
    dataset: str = ""  # its name, where a run has several
    gates: list[Check] = field(default_factory=list)  # what the result was held to
    error: str = ""
    row_losses: Any = None  # the (n,) losses under another reduction, for a file of their own
    per_sample: str | None = None  # that file

    def __post_init__(self) -> None:
        _neutralise(self, "dataset", "error", *TEXTS)  # a report read back may say anything

    @property
    def shown_params(self) -> dict[str, Any]:
        """The parameters that a reader need see."""
        return {name: value for name, value in self.params.items() if name not in self.hidden_params}

    @property
    def status(self) -> str:
        if self.error:
            return "error"
        if self.value is None or math.isfinite(self.value):
            return "ok"
        return "nan" if math.isnan(self.value) else "inf"

    def __float__(self) -> float:
        if self.value is None:
            raise TypeError("a loss with reduction none has rows, not one value")
        return self.value

    def to_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "loss": self.loss,
            "value": self.value if self.status == "ok" else None,
            "status": self.status,
            "n": self.n,
            "weight_sum": self.weight_sum,
            "reduction": self.reduction,
            "denominator": self.denominator,
            "like": self.like,
            "call": self.call,
            "input": self.input,
            "label": self.label,
            "precision": self.precision,
            "weighted": self.weighted,
            "convention": self.convention,
            "params": {k: list(v) if isinstance(v, tuple) else v for k, v in self.params.items()},
            "signature": self.signature,
            "stderr": _finite(self.stderr),
            "ci": self.ci,
            "dataset": self.dataset or None,
            "error": self.error or None,
            "checks": [check.to_dict() for check in self.gates],
            "counts": {"dropped": 0, "nan": 0, **self.counts},
            "pairing": self.pairing.to_dict() if self.pairing else None,
            "per_sample": self.per_sample,
            "groups": [],
            "worst": [],
        }
        if self.elements:
            document["elements"] = self.elements
        if self.rows is not None:
            document["rows"] = [value if math.isfinite(value) else None for value in self.rows.tolist()]
        if self.state is not None:
            document["state"] = self.state
        return document


def _neutralise(made: Any, *fields: str) -> None:
    """Text from outside is made printable as it enters a report, so that no renderer can forget to."""
    for name in fields:
        text = getattr(made, name)
        if isinstance(text, str) and not (text.isprintable() and len(text) <= NAME_LENGTH):
            # a recipe that is cut is none
            object.__setattr__(made, name, shown(text, len(text) * 10 if name in TEXTS else NAME_LENGTH))


def _finite(value: float | None) -> float | None:
    """What is not finite has no place in JSON."""
    return value if value is not None and math.isfinite(value) else None


MOST_FILES = 1000  # of a data set, whose names a report lists


@record
class Input:
    """One file that went into a result.

    Of a data set of several files `files` are their names in the order in which they were read, at most `MOST_FILES`
    of them, `file_count` how many there are, and `empty_files` how many of them have no rows.
    """

    role: str
    path: str | None
    format: str
    dtype: str
    shape: tuple[int | None, ...]
    sha256: str | None = None
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    file_count: int = 0
    empty_files: int = 0

    def to_dict(self) -> dict[str, Any]:
        several = {"files": list(self.files), "file_count": self.file_count, "empty_files": self.empty_files}
        return (several if self.files else {}) | {
            "role": self.role,
            "path": self.path,
            "format": self.format,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "sha256": self.sha256,
            "columns": list(self.columns),
        }


@record
class Match:
    """A convention and the value that it gives."""

    value: float
    like: str | None
    call: str
    knobs: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        finite = math.isfinite(self.value)
        status = "ok" if finite else "nan" if math.isnan(self.value) else "inf"
        return {
            "value": self.value if finite else None,
            "status": status,
            "like": self.like,
            "call": self.call,
            "knobs": {k: list(v) if isinstance(v, tuple) else v for k, v in self.knobs.items()},
        }


def common_document(command: str, results: Sequence[Any], inputs: list[Input]) -> dict[str, Any]:
    """What every document has."""
    from ..core.version import __version__

    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "losscli", "version": __version__},
        "command": command,
        "results": [result.to_dict() for result in results],
        "inputs": [each.to_dict() for each in inputs],
    }


@record
class Report:
    """What a command found, as data.

    Attributes:
        command: The command that made it.
        results: A Result for each loss and data set.
        inputs: The files that were read, with their shapes and hashes.
        warnings: What a reader should know, a sentence each.
        elapsed_s: How long it took, in seconds.
        request: What it takes, beside the signatures and the inputs, to compute the same again.
    """

    command: str
    results: list[Result]
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    request: dict[str, Any] = field(default_factory=dict)  # what `verify` needs beside signatures and inputs

    def to_dict(self) -> dict[str, Any]:
        document = {**common_document(self.command, self.results, self.inputs), "request": self.request}
        return {**document, "warnings": self.warnings, "elapsed_s": self.elapsed_s}

    def to_pandas(self) -> Any:
        """The results as a pandas DataFrame, one a row."""
        import pandas

        return pandas.DataFrame([result.to_dict() for result in self.results])


@record
class Reconciliation:
    """What `reconcile` found: the conventions that print the expected number, or without one all of them.

    Where none prints it, `matched` is False and `matches` are the nearest. `tried` counts the numbers compared.
    """

    loss: str
    expect: str | None
    matched: bool
    tried: int
    matches: list[Match]
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        document = common_document("reconcile", self.matches, self.inputs)
        search = {"loss": self.loss, "expect": self.expect, "found": self.matched, "tried": self.tried}
        return {**document, "search": search, "warnings": self.warnings, "elapsed_s": self.elapsed_s}
