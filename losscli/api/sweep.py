"""The Python interface of `sweep`: a loss for many values of its parameters, in one reading."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..core.loss import Loss
from ..report.sweep import SweepReport
from .compare_results import names_of_sides
from .evaluation import assembled
from .requests.input_files import InputHashes, inputs_of
from .requests.request import Request, request_of_call
from .results import notes_of
from .sweeps.ranges import Grid
from .sweeps.run_points import SECOND, run_points


def sweep(
    loss: str | Loss,
    predictions: Any,
    labels: Any = None,
    cand: Any = None,
    *,
    ci: float | str | None = None,
    adjust: str = "holm",
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
) -> SweepReport:
    """A loss at every combination of values of its parameters, in one reading of the data.

    With a second model it says whether the order of the two depends on the parameters.

    Args:
        loss: The name of a loss, or the loss itself.
        predictions: What the model says, as for `compute`.
        labels: What is true of the same rows; None where columns of the predictions' file hold it.
        cand: The predictions of a second model for the same rows.
        ci: Show an interval at this confidence level, such as 95. A level of confidence, such as 95 or 0.95.
        adjust: How p-values are adjusted for the number of points. One of holm, bh, none. Default: holm.
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
        **params: Parameters of the loss: a list of values, a range as text ("0:5:0.25" has its end too), or one value;
            and extra roles of the loss.

    Returns:
        A SweepReport: its `points` have `params`, `value`, `stderr` and, with two models, the `difference` (candidate
        minus base) with its interval. `order` is "depends" where one model is shown to be better at some points and
        the other at others, else "base", "candidate" or "inconclusive".

    Raises:
        UsageProblem: for a request that cannot be met, such as no parameter with several values, or too many points.
        DataProblem: for data that are not what the loss takes.

    Example:
        >>> import losscli
        >>> report = losscli.sweep("focal", [2.0, -1.0, 0.5], [1, 0, 1], gamma=[0, 2])
        >>> [(point.params["gamma"], round(point.value, 4)) for point in report]
        [(0.0, 0.3048), (2.0, 0.0307)]
    """
    files = {"pred": predictions, "label": labels}
    if cand is not None:
        files[SECOND] = cand
    from .python.words import python_words, worded

    with python_words():
        return worded(swept(request_of_call("sweep", locals(), files)))


def swept(request: Request) -> SweepReport:
    """The points of a sweep, as a report."""
    began = time.perf_counter()
    (requested,) = request.losses
    spec = requested.spec
    loss, options = spec.loss, requested.options(request.options)
    grid = Grid.of(loss, spec.arguments)
    points = grid.points()
    first = spec._replace(arguments={**grid.fixed, **points[0]})
    inputs, params = request.inputs(first)
    assembly = assembled(loss, inputs, params, options)
    try:
        hashes = InputHashes(assembly.tables) if request.hash_inputs else None
        made, results, outcome = run_points(loss, assembly, points, assembly.params, options)
        own = [note for note in assembly.notes if getattr(note, "kind", "") != "levels_by_name"]  # one for each point
        notes = [*own, *notes_of(outcome, assembly.frame)]
        read = inputs_of(assembly, outcome.read, hashes.by_path() if hashes else {})
        names = names_of_sides(assembly.frame)
    finally:
        assembly.close()
    if len(names) == 1 and names[0] == "base":
        names = ["the predictions"]
    fixed = {name: value for name, value in results[0].params.items() if name in grid.fixed}
    return SweepReport(
        made, loss.name, grid.axes, fixed, names, options.ci or 0.95, options.adjust, loss.unit, read, notes,
        round(time.perf_counter() - began, 6),
    )  # fmt: skip
