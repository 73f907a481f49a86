"""The Python interface: `losscli.compute`, `losscli.loss`, `losscli.available`. The command line runs on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from ..core import registry
from ..core.loss import CallableLoss, Loss
from ..core.record import replace
from ..report.model import Report, Result
from .evaluation import evaluate
from .requests.request import Request, request_of_call

if TYPE_CHECKING:
    from concurrent.futures import Executor


def compute(
    loss: str | Loss | None,
    predictions: Any,
    labels: Any = None,
    *,
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
    per_output: bool = False,
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
    ci: float | str | None = None,
    bootstrap: int | None = None,
    cluster: Any = None,
    by: Any = (),
    macro: bool = False,
    min_n: int | None = None,
    sort: str | None = None,
    worst: int = 0,
    best: int = 0,
    keep: Any = (),
    executor: Executor | None = None,
    per_sample: str | os.PathLike[str] | None = None,
    histograms: bool = False,
    **params: Any,
) -> Result:
    """The loss of predictions and labels.

    Data are arrays and tensors of any library, lists, Series, DataFrames, Arrow tables, dictionaries of columns, open
    files, or paths (SPECs such as 'val.parquet::p_*'). `pred`, `label` and `weight` name columns of all that has some.

    Args:
        loss: The name of a loss, or the loss itself; None where `like` is a call, which says what it is.
        predictions: What the model says, rows first: (n,), (n, c) or what else the loss takes.
        labels: What is true of the same rows; None where columns of the predictions' file hold it.
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
        per_output: List the value of each column, or of each class, beside that of the whole. True or false.
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
        ci: Show an interval at this confidence level, such as 95. A level of confidence, such as 95 or 0.95.
        bootstrap: Take the interval from this many bootstrap samples instead of the standard error. A whole number from
            100 to 1000000.
        cluster: An array (n,), a column's name or a SPEC: rows with one value there are dependent.
        by: Also show the loss of each group: columns of any file, age:10 for bins of width 10, label for each class.
            Names of columns (age:10 for bins of width 10), in a list or with commas between them; in Python also an
            array (n,) or a dictionary of arrays by name.
        macro: The value is the mean of the values of the groups, each of which counts once. True or false.
        min_n: Leave out groups with fewer rows than this. A whole number from 1. Default: 1.
        sort: The order of groups: by name, or those with the largest value, most rows or largest share first. One of
            name, value, n, share. Default: name.
        worst: How many of the rows with the highest loss are listed. A whole number from 0. Default: none.
        best: How many of the rows with the lowest loss are listed. A whole number from 0. Default: none.
        keep: Columns of any file that are shown beside the rows of worst and best. Names of columns, in a list or with
            commas between them; in Python also an array (n,) or a dictionary of arrays by name.
        executor: Runs parts of the rows elsewhere, such as in processes; no bit changes. An executor of
            concurrent.futures, or what has its submit as Dask's client.get_executor(). Default: in threads of this
            process.
        per_sample: Write the loss of each row to a file (.npy, .csv, .parquet, .arrow or .jsonl); losscli gate uses
            such files of two reports to compare them row by row. The path of a file.
        histograms: Add counts of all rows, in bins, to the JSON, from which losscli plot draws. True or false.
        **params: Parameters of the loss and its extra roles (`centers`, `input_lengths`, ...).

    Returns:
        A Result: its `value`, the standard error `stderr` in the same unit, the interval `ci` if one was asked for, the
        number of rows `n`, all settings in one line as `signature`, and with reduction "none" the losses `rows`, an
        array (n,).

    Raises:
        UsageProblem: for a request that cannot be met, such as an option that the loss does not have.
        DataProblem: for data that are not what the loss takes. Both are LossCliErrors.

    Example:
        >>> import losscli
        >>> result = losscli.compute("focal", [2.0, -1.0, 0.5], [1, 0, 1], gamma=2)
        >>> round(result.value, 4), result.n
        (0.0307, 3)
    """
    files = {"pred": predictions, "label": labels}
    from .python.words import python_words, worded

    with python_words():
        request, distribute = request_of_call("compute", locals(), files, hash_inputs=True), None
        if executor is not None:
            from .parts import distributed

            distribute = distributed
        with _kept(request) as keep:
            report: Report = keep(evaluate(request, distribute))
    sources = tuple(report.inputs)
    result = replace(report.results[0], notes=tuple(report.warnings), sources=sources, reading=report.request)
    return worded(result)


def _kept(request: Request) -> AbstractContextManager[Callable[[Report], Report]]:
    """What writes the file of rows that is asked for, which is none of the files that are read."""
    path = request.options.per_sample
    if path is None:
        return nullcontext(lambda report: report)
    from .batch import BatchJob
    from .batch_files import files_of
    from .rows.rows_file import refuse_without_use, rows_file

    refuse_without_use(request.options, "; the rows of the result have it")
    return rows_file(path, files_of(BatchJob("", request)))


def loss(name: str) -> CallableLoss:
    """The declared loss of this name or alias, which is a function of arrays.

    Args:
        name: The name of a loss or one of its other names; `-` and `_` are the same.

    Returns:
        The loss. Called as `loss(pred, label, **params)` on arrays of n rows it gives the loss of each row, (n,): of
        plain arrays, by position, without weights, keys, or policies for what is missing, which `compute` has, also
        with reduction "none". It carries its parameters (`params`), the presets of frameworks (`like`) and its page
        (`doc`), and a pickle or copy of it is the loss itself.

    Raises:
        UsageProblem: where there is no such loss; the nearest name is in the sentence.

    Example:
        >>> import losscli
        >>> losscli.loss("huber")([0.5, 3.0], [0.0, 0.0], delta=1.0).tolist()
        [0.125, 2.5]
    """
    from .plugin_warnings import warn_of_plugins

    declared = registry.find(name)
    warn_of_plugins()
    return declared


def available() -> dict[str, CallableLoss]:
    """All losses by their canonical names, those of installed plugins among them.

    A plugin that cannot be loaded, or whose name is taken, is skipped, and a warning names it.

    Returns:
        A dictionary from name to loss, as `losscli.loss` gives it.

    Example:
        >>> import losscli
        >>> "mse" in losscli.available()
        True
    """
    from .plugin_warnings import warn_of_plugins

    losses = registry.everything()
    warn_of_plugins()
    return losses
