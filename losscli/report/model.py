"""The report: what a command found, as data. Renderers turn it into text; nothing here prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.arrays.pairing import Pairing
from ..core.binding.decided_loss import IMPORTANCE
from ..core.record import field, record
from ..core.safe_text import shown
from .input_file import MOST_FILES, Input
from .report_forms import PlottedResult, ReportForms

__all__ = ["MOST_FILES", "SCHEMA_VERSION", "Check", "Input", "Report", "Result"]
SCHEMA_VERSION = "1.0"
TEXTS = ("loss", "alias", "reduction", "denominator", "input", "label", "like", "call", "unit", "signature")
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
    evidence: Mapping[str, Any] | None = None  # the numbers behind a verdict beside a baseline
    group: Mapping[str, Any] | None = None  # the values of the columns of --by, of a check of one group

    def __post_init__(self) -> None:
        _neutralise(self, "name", "message")

    @property
    def outcome(self) -> str:
        """passed, failed or inconclusive."""
        return "inconclusive" if self.passed is None else "passed" if self.passed else "failed"

    def to_dict(self) -> dict[str, Any]:
        from .result_parts import numbers

        return {
            "name": self.name,
            "passed": self.passed,
            **numbers(limit=self.limit, value=self.value),
            "message": self.message,
            "informational": self.informational,
            **({} if self.evidence is None else {"evidence": dict(self.evidence)}),
            **({} if self.group is None else {"group": dict(self.group)}),
        }


@record
class Result(PlottedResult):
    """One loss of one data set. A data set that could not be computed has an `error`, a sentence, and no value.

    Attributes:
        loss: The canonical name of the loss.
        value: The loss, a float, also where it is not finite (the document says so by its status); None with
            reduction "none" and where there is an error.
        stderr: The standard error of the value, in its unit; None where the rows cannot tell.
        ci, effective: The interval that was asked for, and what the standard error stands on, as dictionaries.
        n: The rows that count.
        weight_sum: The sum of their weights.
        reduction, denominator, input, label: How rows became one number; kind of predictions, form of labels.
        params: The parameters of the loss by name.
        signature, counts: All settings in one line; rows that were left out, by reason.
        outputs: The values of the columns or classes: dictionaries with output (name or number), value and stderr.
        groups: With `by`, a dictionary for each group: `by` (the value of each column), `value`, `n`, `weight_sum`,
            `stderr`, `ci` and its `share` of the whole loss.
        grouping: With `by`, the columns, how many groups there are, and with `macro` what the mean is of.
        worst, best: Where they were asked for, a dictionary for each of these rows: `row` (of the labels' file, from
            0), its `loss`, its `weight` where rows have weights, and in `keep` the columns that were kept.
        rows, histograms: The loss of each row, (n,), with reduction "none"; what pictures are drawn from, if asked for.
        notes: What a reader should know, a sentence each: what the command line says on stderr.

    Example:
        >>> import losscli
        >>> result = losscli.compute("mae", [1.0, 2.0], [1.0, 4.0])
        >>> result.value, f"{result:.3f}"
        (1.0, '1.000')
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
    weights_are: str = IMPORTANCE  # or frequency: how many equal rows each stands for
    elements: dict[str, Any] | None = None  # which elements of a row count, where that was said; and the class axis
    outputs: list[dict[str, Any]] = field(default_factory=list)  # values of the columns or classes, where asked for
    convention: dict[str, str] | None = None  # of like: its name with a version, and the floats it computed in
    stderr: float | None = None
    ci: dict[str, Any] | None = None
    effective: dict[str, Any] | None = None
    like: str | None = None
    call: str | None = None  # the framework's own call under a convention
    unit: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    rows: Any = None  # the (n,) losses under reduction none
    state: dict[str, Any] | None = None  # of a shard, for `merge`
    histograms: dict[str, Any] | None = None  # what pictures are drawn from, where it was asked for
    hidden_params: frozenset[str] = frozenset()  # parameters that a reader need not see: knobs of frameworks left alone
    pairing: Pairing | None = None  # None: by position
    dataset: str = ""  # its name, where a run has several
    gates: list[Check] = field(default_factory=list)  # what the result was held to
    error: str = ""
    per_sample: str | None = None  # the file with one loss a row
    notes: tuple[str, ...] = ()  # of the run that made it, in Python; a document has its report's warnings
    per_sample_file: dict[str, Any] | None = None  # what it holds rows of, for comparisons of two reports
    sample_rows: Any = None  # what is written there (a SampleRows), until it is
    alias: str = ""  # the name that was asked for, where it is not the loss's own
    groups: list[dict[str, Any]] = field(default_factory=list)
    grouping: dict[str, Any] | None = None  # the columns of --by, how many groups there are, and the mean of --macro
    top: int | None = None  # how many groups a table lists
    worst: list[dict[str, Any]] = field(default_factory=list)
    best: list[dict[str, Any]] | None = None  # None: not asked for
    inputs: tuple[int, ...] = ()  # the positions, among the inputs of the report, of what it was computed from
    sources: tuple[Input, ...] = ()  # these inputs themselves, in Python; a document has its report's
    reading: dict[str, Any] | None = None  # how they were read, in Python; a document has its report's request
    request: dict[str, Any] | None = None  # how its data were read, where other results were read otherwise

    def __post_init__(self) -> None:
        _neutralise(self, "dataset", "error", *TEXTS)  # a report read back may say anything

    @property
    def shown_params(self) -> dict[str, Any]:
        """The parameters that a reader need see."""
        return {name: value for name, value in self.params.items() if name not in self.hidden_params}

    @property
    def title(self) -> str:
        """The name of the loss, with the one that was asked for beside it."""
        return f"{self.loss} ({self.alias})" if self.alias else self.loss

    @property
    def status(self) -> str:
        """What the value is: ok where it is finite, nan, inf, -inf, or error."""
        if self.error:
            return "error"
        if self.value is None or math.isfinite(self.value):
            return "ok"
        from .result_parts import status_of

        return status_of(self.value)

    def __float__(self) -> float:
        if self.value is None:
            raise TypeError("a loss with reduction none has rows, not one value")
        return self.value

    def __format__(self, spec: str) -> str:
        """The value as this format has it; without one, all that the result holds."""
        return format(float(self), spec) if spec else str(self)

    def to_dict(self) -> dict[str, Any]:
        from .result_parts import finite, group_of, grouping_of, not_finite, numbers, output_of, row_of

        document: dict[str, Any] = {
            "loss": self.loss,
            "value": self.value if self.status == "ok" else None,
            "status": self.status,
            "n": self.n,
            **numbers(weight_sum=self.weight_sum),
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
            "stderr": finite(self.stderr),
            "ci": self.ci,
            "effective": self.effective,
            "dataset": self.dataset or None,
            "error": self.error or None,
            "checks": [check.to_dict() for check in self.gates],
            "counts": {"dropped": 0, "nan": 0, **self.counts},
            "pairing": self.pairing.to_dict() if self.pairing else None,
            "per_sample": self.per_sample,
            "groups": [group_of(each) for each in self.groups],
            "worst": [row_of(each) for each in self.worst],
        }
        if self.alias:
            document["alias"] = self.alias
        if self.best is not None:
            document["best"] = [row_of(each) for each in self.best]
        if self.grouping is not None:
            document["grouping"] = grouping_of(self.grouping)
        if self.inputs:
            document["inputs"] = list(self.inputs)
        if self.per_sample_file is not None:
            document["per_sample_file"] = self.per_sample_file
        if self.weights_are != IMPORTANCE:
            document["weights_are"] = self.weights_are
        if self.elements:
            document["elements"] = self.elements
        if self.outputs:
            document["outputs"] = [output_of(each) for each in self.outputs]
        if self.request is not None:
            document["request"] = self.request
        if self.rows is not None:
            rows = self.rows.tolist()
            document["rows"] = [finite(value) for value in rows]
            if lacking := not_finite(rows):
                document["rows_not_finite"] = lacking
        if self.histograms is not None:
            document["histograms"] = self.histograms
        if self.state is not None:
            document["state"] = self.state
        return document


def _neutralise(made: Any, *fields: str) -> None:
    """Text from outside is made printable as it enters a report, so that no renderer can forget to."""
    for name in fields:
        text = getattr(made, name)
        if isinstance(text, str) and not (text.isprintable() and len(text) <= NAME_LENGTH):
            # a signature that is cut is none
            object.__setattr__(made, name, shown(text, len(text) * 10 if name in TEXTS else NAME_LENGTH))


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
class Report(ReportForms):
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
