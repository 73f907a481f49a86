"""Lists that have one length as far as a file was looked at, and another further on: the file is read once more."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...core.errors import UNEVEN_LISTS, LossCliError
from ...core.record import replace
from ...sources.file_spec import parse
from .request import Request

_Made = TypeVar("_Made")


def with_lists_of_any_length(work: Callable[[Request], _Made], request: Request) -> _Made:
    """What `work` makes of a request, whose columns may turn out to hold lists of differing length as they are read.

    Raises:
        DataProblem: where the loss takes no such lists, or where they come from what can be read only once: it names
            the first row whose list is longer or shorter than those before.
    """
    try:
        return work(request)
    except LossCliError as problem:
        return read_once_more(work, request, problem)


def read_once_more(work: Callable[[Request], _Made], request: Request, first: LossCliError) -> _Made:
    """What `work` makes of lists of any length, where it met one of another length; else the problem again."""
    longer = again(request, first)
    if longer is None:
        raise first
    try:
        return work(longer)
    except LossCliError as problem:
        raise said_of_both(first, problem) from None


def said_of_both(first: Exception, second: Exception) -> Exception:
    """The problem of a first reading where a second one had to end before it read anything."""
    if not isinstance(first, LossCliError) or getattr(second, "kind", "") != "bad_shape":
        return second
    first.hint = str(second)
    return first


def again(request: Request, problem: Exception | None) -> Request | None:
    """The request that reads a column's lists as ones of any length; None where that is not what is wrong."""
    if not isinstance(problem, LossCliError) or problem.kind != UNEVEN_LISTS or request.uneven:
        return None
    if any(map(_comes_once, request.files.values())):
        problem.hint = "Save it to a file first: lists in a file may differ in length."
        return None
    return replace(request, uneven=True)


def _comes_once(given: Any) -> bool:
    """Whether what is given is a stream, such as a pipe."""
    if isinstance(given, Mapping):
        return any(map(_comes_once, given.values()))
    if not isinstance(given, str | os.PathLike):
        return callable(getattr(given, "read", None)) and not hasattr(given, "__array__")
    path = parse(os.fspath(given)).path
    return path == "-" or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path))
