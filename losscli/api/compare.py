"""The Python interface of `compare`: is a candidate worse than the base, on the same rows?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..core.loss import Loss
from ..core.record import replace
from ..report.comparison import Comparison, ComparisonReport
from ..sources.columns.candidates import CANDIDATE
from ..sources.datasets.identical import TwinSides
from ..stats.comparison.paired import role
from ..stats.comparison.verdict import Margin
from .compare_results import (
    LossComparison,
    doubts_of,
    names_of_sides,
    plan_settings,
    ranking_of,
    results,
)
from .compare_run import compare_loss, refuse_streams
from .comparison_plan import ComparisonPlan
from .evaluation import assembled
from .notes import notes_of_sides
from .requests.input_files import InputHashes, inputs_of
from .requests.request import Options, Request, request_of_call
from .requests.uneven_lists import with_lists_of_any_length


def compare(
    loss: str | Loss,
    base: Any,
    cand: Any,
    labels: Any = None,
    *,
    margin: float | str = 0.0,
    margin_rel: float | str = 0.0,
    confidence: float | str = 0.95,
    cluster: Any = None,
    by: Any = (),
    min_n: int | None = None,
    test: str = "t",
    weights: Any = None,
    weights_are: str = "importance",
    input: str | None = None,
    like: str | None = None,
    reduction: str | None = None,
    denominator: str | None = None,
    resamples: int | None = None,
    seed: int = 0,
    worst: int = 5,
    sort: str | None = None,
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
) -> Comparison:
    """Whether `cand` has a higher loss than `base` on the same rows: a paired test, and a verdict.

    Data are what `compute` takes. A rise is too small to matter unless it exceeds both `margin` and `margin_rel`.

    Args:
        loss: The name of a loss, or the loss itself.
        base: The predictions of the model to beat.
        cand: The candidate's predictions for the same rows, of the same shape.
        labels: What is true of the rows; None where columns of the base's file hold it.
        margin: A rise of the loss that does not matter. A number of at least 0, such as 0.01, or a percentage of the
            base's loss, such as 0.5%. Default: 0.0.
        margin_rel: The margin as a share of the base's loss; with both given, both must be exceeded. A number of at
            least 0, or a percentage such as 0.5%. Default: 0.0.
        confidence: How sure the interval is, in percent; the verdict follows from its ends. A level of confidence, such
            as 95 or 0.95. Default: 95.
        cluster: An array (n,), a column's name or a SPEC: rows with one value there are dependent.
        by: Also show the difference of each group, with p-values adjusted for the number of groups: columns of any
            file, age:10 for bins of width 10, label for each class. Names of columns (age:10 for bins of width 10), in
            a list or with commas between them; in Python also an array (n,) or a dictionary of arrays by name.
        min_n: Leave out groups with fewer rows than this. A whole number from 1. Default: 1.
        test: The test: Student's t of the paired differences, random changes of their signs, or a paired bootstrap. One
            of t, sign-flip, bootstrap. Default: t.
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
        resamples: How many random samples sign-flip and bootstrap take. A whole number from 100 to 1000000. Default:
            1999 and 2000, or more.
        seed: Another number gives other random samples. A whole number from 0 to 18446744073709551615. Default: 0.
        worst: How many of the rows that add most to the difference are listed, with the difference without them. A
            whole number from 0. Default: 5.
        sort: The order of groups: by name, or those with the largest rise, the smallest p-value, most rows or the
            largest share first. One of name, difference, p, n, share. Default: name.
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
        A Comparison: its `verdict` ("improved", "not worse", "inconclusive" or "worse"), the `difference` with
        `stderr`, `low`, `high` and `p_value`, and what so many rows can show (`detectable`, `power`, `needed`).

    Raises UsageProblem for a request that cannot be met, DataProblem for data that the loss does not take.

    Example:
        >>> import losscli
        >>> comparison = losscli.compare("mae", [1.0, 2.0, 3.0], [1.5, 2.5, 3.6], [1.0, 2.0, 3.0])
        >>> round(comparison.difference, 4), comparison.verdict
        (0.5333, 'worse')
    """
    files = {"pred": base, role(1): cand, "label": labels}
    from .python.margins import margin_of
    from .python.words import python_words, worded

    with python_words():
        request = request_of_call("compare", locals(), files)
        options = request.options.changed(adjust="holm")  # which leaves one p-value as it is
        report = compare_all(request, plan_of(options, margin_of(options.margin, options.margin_rel)))
    return worded(replace(report.results[0], notes=tuple(report.warnings)))


def plan_of(options: Options, margin: Margin) -> ComparisonPlan:
    """How to compare, as the options say."""
    return ComparisonPlan(
        margin, options.confidence, options.test, options.adjust, options.resamples, options.seed, options.worst
    )


def compare_all(request: Request, plan: ComparisonPlan) -> ComparisonReport:
    """Every loss of every candidate beside the base's. Among the files by role, candidates are `role(1)`, ..."""
    return with_lists_of_any_length(lambda each: _compare_all(each, plan, time.perf_counter()), request)


def _compare_all(request: Request, plan: ComparisonPlan, began: float) -> ComparisonReport:
    plan = plan.for_family(len(request.losses), sum(name.startswith(CANDIDATE) for name in request.files))
    compared, notes = list[LossComparison](), list[str]()
    report: ComparisonReport | None = None
    for requested in request.losses:
        loss, options = requested.spec.loss, requested.options(request.options)
        assembly = assembled(loss, *request.inputs(requested.spec), options)
        try:
            if report is None:
                refuse_streams(assembly, len(request.losses))
                twins = TwinSides(assembly)
                notes += twins.notes
                hashes = InputHashes(assembly.tables) if request.hash_inputs else None
            compared.append(compare_loss(requested.spec, assembly, options, plan, twins, len(request.losses)))
            notes += [note for note in assembly.notes if note not in notes]
            if report is None:
                inputs = inputs_of(assembly, compared[-1].outcome.read, hashes.by_path() if hashes else {})
                names = names_of_sides(assembly.frame)
                report = ComparisonReport(names[0], names[1:], [], {}, plan_settings(plan), inputs)
            sides = [report.base, *report.candidates]
            notes += [note for note in notes_of_sides(compared[-1].outcome, assembly.frame, sides) if note not in notes]
        finally:
            assembly.close()
    assert report is not None
    comparisons = results(compared, plan, report.candidates)
    notes += doubts_of(comparisons, compared, plan)
    ranks = ranking_of(compared, [report.base, *report.candidates], 1.0 - plan.confidence)
    report = replace(report, results=comparisons, ranking=ranks, warnings=notes)
    return replace(report, elapsed_s=round(time.perf_counter() - began, 6))
