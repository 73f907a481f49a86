"""The Python interface of `reconcile`: which convention made a number."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..core.errors import UsageProblem
from ..core.loss import Loss
from ..reconciliation import load_arrays
from ..reconciliation.accidents import digits_that_decide
from ..reconciliation.expected_number import ExpectedNumber
from ..reconciliation.pasted import pasted
from ..reconciliation.search import conventions_of, search
from ..report.reconciliation import Match, Reconciliation
from ..sources.assembly import assemble
from .notes import notes_of_search
from .requests.input_files import InputHashes, inputs_of
from .requests.request import Request, request_of_call
from .requests.uneven_lists import with_lists_of_any_length


def reconcile(
    loss: str | Loss,
    predictions: Any,
    labels: Any = None,
    *,
    expect: str | float | None = None,
    digits: int | None = None,
    weights: Any = None,
    input: str | None = None,
    batch_size: int | None = None,
    pred: str | Sequence[str] = (),
    label: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    classes: Sequence[str] = (),
    join: str | Sequence[str] = (),
    on_missing: str | None = None,
    on_duplicate: str = "error",
    where: str | Sequence[str] = (),
    stack: bool | None = None,
    header: str = "auto",
    delimiter: str | None = None,
    decimal: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    **params: Any,
) -> list[Match]:
    """The value under every convention; with `expect`, the conventions that print this number, simplest first.

    `input` and parameters given are certain, everything else is tried. An empty list means that no convention prints
    the number.

    Args:
        loss: The name of a loss, or the loss itself.
        predictions: What the model says, as for `compute`.
        labels: What is true of the same rows; None where columns of the predictions' file hold it.
        expect: The number to explain; of a text, such as "0.0355", the digits count. A number.
        digits: How many significant digits of `expect` are compared; else all that it has. A whole number from 1 to 17.
        weights: The weights of the rows, (n,), each at least 0.
        input: What the predictions are. One of logits, probs, logprobs, scores, values, rates, log_rates, classes,
            embeddings, distances, cosines. Default: the loss's own.
        batch_size: Also try the mean of the means of batches of this many rows. A whole number from 1.
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
        stack: Each file is one row, such as an image or a mask; --no-stack: each row of a 2-D array is one. True or
            false.
        header: Whether the first line of a CSV file names its columns. One of auto, yes, no. Default: auto.
        delimiter: What separates the columns of text files: a character, tab or blanks. Default: each file shows it.
        decimal: The decimal sign of numbers in text files: a dot or a comma. Default: each file shows it.
        quote: The character that cells of text files may be quoted with, or none. Default: double quotes.
        escape: The escape character of text files: the character after it is taken as it is. Default: nothing.
        **params: Parameters of the loss and its extra roles, as far as they are known.

    Returns:
        Matches, the simplest first: each has its `value`, the framework `like`, its `call` and its `knobs`, and with
        `expect` the number `by_accident` of conventions that would print it without being its reason. Above 1 the
        matches say nothing: the number has too few digits.

    Raises:
        UsageProblem: for a request that cannot be met, such as a parameter that the loss does not have.
        DataProblem: for data that are not what the loss takes.

    Example:
        >>> import losscli
        >>> matches = losscli.reconcile("mse", [1.0, 2.0], [1.0, 4.0], expect="2.0")
        >>> bool(matches)
        True
    """
    files = {"pred": predictions, "label": labels}
    from .python.words import python_words

    with python_words():
        report = explain(request_of_call("reconcile", locals(), files))
    return report.matches if report.matched else []


def _refuse_reduced(loss: Loss, params: dict[str, Any]) -> None:
    """Refuse a loss whose value is no function of means, from which conventions are told."""
    if loss.batched:
        raise UsageProblem(
            f"{loss.name} compares the rows of a batch with each other, so there are no conventions of means to search "
            "for.",
            f"losscli compute {loss.name} prints its value.",
            kind="not_searched",
        )
    if loss.reduces(params):
        raise UsageProblem(
            f"{loss.name} is no mean over rows, so there are no conventions of means to search for.",
            f"losscli compute {loss.name} prints its value.",
            kind="not_searched",
        )


def explain(request: Request) -> Reconciliation:
    """`reconcile` as a report, with the nearest conventions where none prints the number."""
    return with_lists_of_any_length(_explain, request)


def _explain(request: Request) -> Reconciliation:
    began = time.perf_counter()
    (requested,) = request.losses
    loss, options = requested.spec.loss, request.options
    meant = options.match_digits or options.digits  # the option's name, and the keyword's
    target = None if options.expect is None else ExpectedNumber.of(options.expect, meant)
    inputs, params = request.inputs(requested.spec)
    assembly = assemble(loss, inputs, params, options.input or loss.pred[0])
    try:
        # a parameter that there is not would match no convention, without a word
        _refuse_reduced(loss, loss.resolve(assembly.params))
        search_request = load_arrays.search_request(loss, assembly, assembly.params, options.input, options.batch_size)
        hashes = InputHashes(assembly.tables) if request.hash_inputs else None
        outcome = conventions_of(search_request) if target is None else search(search_request, target)
        every = [] if target is None else conventions_of(search_request).matches
        read = inputs_of(assembly, search_request.rows, hashes.by_path() if hashes else {})
        assembly.notes += notes_of_search(loss, search_request.data, assembly.whole, assembly.params, options.input)
        if note := getattr(assembly.frame, "note", ""):
            assembly.notes.append(note)
    finally:
        assembly.close()
    chance = outcome.by_accident
    matches, conventions = (
        [Match(each.value, each.like, pasted(each, search_request), each.knobs, by_accident) for each in some]
        for some, by_accident in ((outcome.matches, chance), (every, None))
    )
    text = None if options.expect is None else str(options.expect)
    elapsed = round(time.perf_counter() - began, 6)
    digits = 0 if target is None or chance is None else digits_that_decide(chance, target.digits)
    return Reconciliation(
        loss.name, text, outcome.matched, outcome.tried, matches, read, assembly.notes, elapsed, chance, digits,
        conventions,
    )  # fmt: skip
