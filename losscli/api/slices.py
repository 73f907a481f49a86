"""The Python interface of `slices`: which groups of rows are worse than the rest, beyond chance?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..core.binding.bound_loss import BoundLoss
from ..core.loss import Loss
from ..core.record import record, replace
from ..engine.outcome import Outcome
from ..engine.run import run
from ..report.slices import Slice, SliceReport
from ..sources.assembly import Assembly
from ..sources.columns.candidates import CLUSTER
from ..stats.comparison.verdict import Margin
from ..stats.slices.columns import CodedColumn, RowCodes, coded
from ..stats.slices.conditions import where_words, words
from ..stats.slices.confirmed import Confirmation, GroupTest, excess_of
from ..stats.slices.halves import Halves
from ..stats.slices.sampled_rows import FoundRows, SampledRows
from ..stats.slices.search import Search, searched
from ..stats.slices.slice_sums import ALL, SliceSums, contrasts
from .evaluation import assembled, settings_of
from .refused_slices import few_rows, over_words, refuse_loss, refuse_value, refuse_width, too_few
from .requests.binding import bound_of
from .requests.input_files import InputHashes, inputs_of
from .requests.request import Options, Request, request_of_call
from .results import notes_of, summarise


def slices(
    loss: str | Loss,
    predictions: Any,
    labels: Any = None,
    *,
    over: Any = (),
    depth: int = 3,
    quantile_bins: int = 8,
    min_n: int = 100,
    fdr: float | str = 0.05,
    candidates: int = 20,
    margin: float | str = 0.0,
    confidence: float | str = 0.95,
    seed: int = 0,
    cluster: Any = None,
    weights: Any = None,
    weights_are: str = "importance",
    input: str | None = None,
    like: str | None = None,
    reduction: str | None = None,
    denominator: str | None = None,
    pred: str | Sequence[str] = (),
    label: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    classes: Sequence[str] = (),
    join: str | Sequence[str] = (),
    on_missing: str | None = None,
    on_duplicate: str = "error",
    where: str | Sequence[str] = (),
    mask: Any = None,
    class_axis: int | None = None,
    ignore_label: float | None = None,
    shift: int | None = None,
    count_classes: Sequence[int] | str = (),
    column_weights: Any = None,
    macro_columns: bool = False,
    stack: bool | None = None,
    drop_missing: bool = False,
    nan: str | None = None,
    missing: str = "error",
    header: str = "auto",
    delimiter: str | None = None,
    decimal: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    threads: int | None = None,
    precision: str = "double",
    max_memory: int | str | None = None,
    **params: Any,
) -> SliceReport:
    """The groups of rows whose loss is worse than that of all other rows, beyond chance.

    Groups are described by the values of one to three columns. One half of the rows finds them, and the other half
    tests them, so that what is said of them is no luck of the search.

    Args:
        loss: The name of a loss, or the loss itself.
        predictions: What the model says, as for `compute`.
        labels: What is true of the same rows; None where columns of the predictions' file hold it.
        over: The columns of any file in which groups are looked for; age:10 for bins of width 10. Names of columns
            (age:10 for bins of width 10), in a list or with commas between them; in Python also an array (n,) or a
            dictionary of arrays by name.
        depth: How many columns may describe a group together. A whole number from 1 to 3. Default: 3.
        quantile_bins: How many bins a column of numbers is cut into, each with about as many rows. A whole number from
            2 to 20. Default: 8.
        min_n: Leave out groups with fewer rows than this. A whole number from 1. Default: 100.
        fdr: The share of the listed groups that may be there by chance, on average. A rate above 0 and below 100 %,
            such as 5% or 0.05. Default: 5%.
        candidates: How many groups that one half of the rows finds are tested with the other half. A whole number from
            1 to 100. Default: 20.
        margin: How much worse than the rest does not matter. A number of at least 0, such as 0.01, or a percentage of
            the base's loss, such as 0.5%. Default: 0.0.
        confidence: How sure the intervals are, in percent. A level of confidence, such as 95 or 0.95. Default: 95.
        seed: Another number cuts the rows into other halves. A whole number from 0 to 18446744073709551615. Default: 0.
        cluster: An array (n,), a column's name or a SPEC: rows with one value there are dependent.
        weights: The weights of the rows, (n,), each at least 0.
        weights_are: What a weight says: how much its row counts (importance), or how many equal rows it stands for
            (frequency). Standard errors, intervals and tests follow from it. One of importance, frequency. Default:
            importance.
        input: What the predictions are. One of logits, probs, logprobs, scores, values, rates, log_rates, classes,
            embeddings, distances, cosines. Default: the loss's own.
        like: The value that a framework reports: tf1, keras, torch, sklearn, optax, torchvision, monai, smp,
            torchmetrics, xgboost, lightgbm, catboost, pml, trl, gluonts, utilsforecast, scoringrules, properscoring,
            paper, document; or a call such as F.mse_loss(x, y).
        reduction: How the losses of rows become one number. One of mean, sum, none, pooled. Default: the loss's own.
        denominator: What a mean divides by: sum of weights, count of rows, of nonzero weights, of elements, or rows
            with their sums. One of weights, count, nonzero, elements, rows. Default: weights.
        pred: Columns of the predictions: names or globs, comma-separated. Names, in a list or with commas between them.
        label: Columns of the labels, or none for a loss that needs no labels. Names, in a list or with commas between
            them.
        weight: Column of the weights, in the predictions' or labels' file. Names, in a list or with commas between
            them.
        classes: Names of the classes, in their order: words or numbers. Names, in a list or with commas between them.
        join: Pair rows by these columns, each key once; id=image_id where files name it differently. Names, in a list
            or with commas between them. Default: by position.
        on_missing: What to do with rows whose key another file lacks. One of error, drop. Default: error.
        on_duplicate: What to do if a key occurs twice in a file: error; same: count it once if its rows are equal;
            first: take its first row. One of error, same, first. Default: error.
        where: Only rows for which this holds of a column of any file (also != < <= > >=); may be repeated.
            COLUMN=VALUE, such as split=val (or !=, <, <=, >, >=; a gap or NaN never matches). Default: all rows.
        mask: File that says which elements count: those that are 0 or false there are left out, whatever their labels.
        class_axis: Axis of the predictions that holds the classes, the rows being axis 0; -1 is the last. A whole
            number from -8 to 8. Default: the one that fits the labels, or as --like has it.
        ignore_label: Leave out every element (pixel, token, column) with this label. A number.
        shift: Pair predictions with the labels this many positions further on in the same row, as for models that
            predict the next token. A whole number from 1.
        count_classes: Only these classes count, 0 being the first: their columns, or the elements that have them as
            labels. Whole numbers from 0, in a list or with commas between them. Default: all.
        column_weights: The weight of each column of a row, or of each channel along the class axis. Numbers of at least
            0, one a column, in a list or with commas between them, or a file of them. Default: all weigh the same.
        macro_columns: The value is the mean of the columns' own values. True or false.
        stack: Each file is one row, such as an image or a mask; --no-stack: each row of a 2-D array is one. True or
            false.
        drop_missing: Leave out rows in which a value is missing, null or NaN: short for --nan drop --missing drop. True
            or false.
        nan: What to do with rows that hold NaN; drop means omit. One of error, omit, propagate. Default: error, or as
            --like does.
        missing: What to do with rows that hold nulls; drop means omit. One of error, omit, propagate. Default: error.
        header: Whether the first line of a CSV file names its columns. One of auto, yes, no. Default: auto.
        delimiter: What separates the columns of text files: a character, tab or blanks. Default: each file shows it.
        decimal: The decimal sign of numbers in text files: a dot or a comma. Default: each file shows it.
        quote: The character that cells of text files may be quoted with, or none. Default: double quotes.
        escape: The escape character of text files: the character after it is taken as it is. Default: nothing.
        threads: How many threads work. A whole number from 1. Default: all usable cores.
        precision: single computes float32 predictions in float32; sums are always double. One of double, single.
            Default: double.
        max_memory: Refuse work that needs more bytes. A size, such as 512M or 2G.
        **params: Parameters of the loss and its extra roles.

    Returns:
        A SliceReport. Its `slices` are the groups, the worst first: each has its `name`, `rows`, `value`, the loss of
        the `rest`, the `difference` with its interval `low` and `high`, and a `q_value`. It is empty where no group is
        worse beyond chance.

    Raises:
        UsageProblem: for a request that cannot be met, such as a loss that has no standard error.
        DataProblem: for data that are not what the loss takes, or whose loss is not finite.

    Example:
        >>> import losscli
        >>> table = {"p": [0.0] * 1600, "y": [0.0, 0.1] * 800, "region": ["north", "south"] * 800}
        >>> [(each.name, each.rows) for each in losscli.slices("mae", table, over="region", pred="p", label="y")]
        [('region=south', 800)]
    """
    files = {"pred": predictions, "label": labels}
    from .python.margins import margin_of
    from .python.words import python_words, worded

    with python_words():
        request = request_of_call("slices", locals(), files)
        return worded(find(request, margin_of(request.options.margin)))


@record
class _Opened:
    """The data and the loss bound to them, for the two readings."""

    options: Options
    assembly: Assembly
    bound: BoundLoss
    halves: Halves

    def read(self, watcher: Any) -> Outcome:
        """One reading, seen by what gathers the rows of groups."""
        bytes_of_rows = 64 if CLUSTER in self.assembly.frame.roles else 0
        settings = replace(
            settings_of(self.bound, self.options), groups=watcher, histograms=None, observer_bytes=bytes_of_rows,
            narrow=False,
        )  # fmt: skip
        return run(self.bound, self.assembly.frame, settings)


def find(request: Request, margin: Margin) -> SliceReport:
    """The groups that are worse than the rest, as a report."""
    began = time.perf_counter()
    (requested,) = request.losses
    loss, options = requested.spec.loss, requested.options(request.options)
    refuse_width(options)
    with over_words():
        assembly = assembled(loss, *request.inputs(requested.spec), options)
    try:
        bound = bound_of(loss, assembly, assembly.params, options)
        refuse_loss(bound, assembly)
        hashes = InputHashes(assembly.tables) if request.hash_inputs else None
        opened = _Opened(options, assembly, bound, Halves(options.seed))
        sampled = SampledRows(assembly.group_columns, assembly.frame, opened.halves)
        outcome = opened.read(sampled)
        result = summarise(outcome, "weight" in assembly.frame.roles)
        refuse_value(result, outcome, assembly)
        notes = [*assembly.notes, *notes_of(outcome, assembly.frame), *few_rows(result.n, options)]
        columns, search = _searched(outcome.bound, sampled, options, notes)
        tests, value, tested = _confirmed(opened, columns, search, margin)
        read = inputs_of(assembly, outcome.read, hashes.by_path() if hashes else {})
    finally:
        assembly.close()
    listed = [each for each in tests if each.q_value <= options.fdr and each.difference > 0.0]
    listed.sort(key=lambda each: -each.difference)
    about = {
        "over": [column.to_dict() for column in columns], "depth": options.depth, "tried": search.tried,
        "tested": len(tests), "fdr": options.fdr, "min_n": options.min_n, "confidence": options.confidence,
        "seed": options.seed, "margin": {"absolute": margin.absolute, "relative": margin.relative},
    }  # fmt: skip
    return SliceReport(
        [_slice(each, result.n) for each in listed], requested.spec.text, value, result.n, tested, about,
        result.signature, loss.unit, {**result.counts, **assembly.left_out}, read, notes,
        round(time.perf_counter() - began, 6),
    )  # fmt: skip


def _searched(
    bound: BoundLoss, sampled: SampledRows, options: Options, notes: list[str]
) -> tuple[list[CodedColumn], Search]:
    """What one half of the rows finds."""
    rows = sampled.rows()
    if rows is None or len(rows) < 2:
        raise too_few(options)
    least = max(2, -(-options.min_n * len(rows) // (2 * max(sampled.seen, 1))))
    columns = [
        coded(raw, values, place, options.quantile_bins, least)
        for place, (raw, values) in enumerate(zip(sampled.raw, rows.values, strict=True))
    ]
    notes += [_nothing_in(each, options.min_n) for each in columns if not each.numbers and not each.keys]
    codes = [_codes(each, raw, rows) for each, raw in zip(columns, sampled.raw, strict=True)]
    excess, counted = excess_of(bound, rows.terms, rows.mass)
    most = options.candidates
    return columns, searched(columns, codes, excess, counted, depth=options.depth, least=least, most=most)


def _codes(column: CodedColumn, raw: Any, rows: FoundRows) -> Any:
    """The codes of the rows of the sample in a column."""
    values = rows.values[column.place]
    if column.numbers:
        return column.of_floats(values).astype("int32")
    import numpy as np

    places = {key if not isinstance(key, bool) else f"\0{key}": code for code, key in enumerate(column.keys)}
    of_keys = [places.get(key if not isinstance(key, bool) else f"\0{key}", len(column.keys)) for key in raw.keys]
    return np.array(of_keys or [0], dtype=np.int32)[values]


def _nothing_in(column: CodedColumn, least: int) -> str:
    return f"No value of {column.column.name} has {least} rows, so no group is told by it."


def _confirmed(
    opened: _Opened, columns: Sequence[CodedColumn], search: Search, margin: Margin
) -> tuple[list[GroupTest], float, int]:
    """What the other half says of the groups; and the loss and the number of its rows."""
    options, frame = opened.options, opened.assembly.frame
    needed = [ALL]
    for group in search.groups:
        for each in contrasts(group, search.groups):
            needed += [each.inside, each.group, each.of]
    codes = RowCodes(columns, frame)
    sums = SliceSums(list(dict.fromkeys(needed)), codes, opened.halves, clustered=CLUSTER in frame.roles)
    outcome = opened.read(sums)
    whole = sums.state(ALL)
    confirmation = Confirmation(outcome.bound, sums, margin, options.confidence, -(-options.min_n // 2))
    return confirmation.tests(search.groups), confirmation.value_of(whole), whole.rows


def _slice(test: GroupTest, rows: int) -> Slice:
    where = where_words(test.conditions)
    return Slice(
        words(test.conditions), tuple(each.to_dict() for each in test.conditions),
        None if where is None else tuple(where), test.rows, test.rows / rows, test.n, test.value, test.stderr,
        test.rest, test.difference, test.difference_stderr, test.low, test.high, test.p_value, test.q_value,
    )  # fmt: skip
