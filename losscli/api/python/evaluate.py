"""`losscli.evaluate`: several losses of one data set, in one reading."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...report.model import Report
from ...sources.datasets.table_cache import TableCache
from ..batch import BatchJob
from ..batch import evaluate as evaluate_job
from ..options.table import of_function
from ..requests.idle_arguments import refuse_idle
from ..requests.request import request_from
from .given import joined, lasting, losses_of
from .words import python_words, worded

if TYPE_CHECKING:
    from concurrent.futures import Executor


def evaluate(
    losses: Any,
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
    histograms: bool = False,
) -> Report:
    """Several losses of one data set, which is read once for all of them: `batch` of one data set.

    Data are what `compute` takes.

    Args:
        losses: A list of names, "focal:gamma=2", losses, or pairs of these and a dictionary of parameters and roles.
        predictions: What the model says, rows first: (n,), (n, c) or what else the losses take.
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
        histograms: Add counts of all rows, in bins, to the JSON, from which losscli plot draws. True or false.

    Returns:
        A Report with a Result for each loss, in order. `to_pandas()` and `to_arrow()` make tables of it, `save(path)`
        writes it in the format that the path's suffix says, and a notebook shows it as a table.

    Raises:
        UsageProblem: for a request that cannot be met, such as an option that a loss does not have.
        DataProblem: for data that are not what a loss takes. Both are LossCliErrors.

    Example:
        >>> import losscli
        >>> report = losscli.evaluate(["mse", "huber:delta=1"], [1.0, 2.0], [1.0, 4.0])
        >>> [(result.loss, result.value) for result in report.results]
        [('mse', 2.0), ('huber', 0.75)]
    """
    began = time.perf_counter()
    known = {option.name for option in of_function("evaluate")}
    values = {name: value for name, value in locals().items() if name in known}
    with python_words():
        files = {name: lasting(each) for name, each in (("pred", predictions), ("label", labels), ("weight", weights))}
        values["weights"], values["mask"] = files["weight"], lasting(values["mask"])
        request = request_from("losscli.evaluate", values, losses_of(losses), files, hash_inputs=True)
        refuse_idle(request.files, values)
        shelf = TableCache()
        try:
            records = evaluate_job(BatchJob("", request), shelf)
        finally:
            shelf.close()
        for record in records:
            if record.problem is not None:
                raise record.problem
        return worded(joined(records, time.perf_counter() - began))
