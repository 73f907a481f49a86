"""What a file system far away raises, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...core.errors import DataProblem
from ...core.safe_text import shown

# words of the vendors' errors, and what they mean
_REFUSALS = (
    (
        ("no_such_bucket", "nosuchbucket", "bucket does not exist"),
        "There is no bucket for {}.",
        "Is it spelt right?",
    ),
    (
        ("access_denied", "access denied", "forbidden", "status 403", "invalid_access", "signature_does"),
        "Access to {} is denied.",
        "Are the keys set, and do they open this bucket?",
    ),
    (
        ("network_connection", "curlcode", "connect", "resolve host"),
        "{} cannot be reached.",
        "Is there a network, and is the endpoint right?",
    ),
)


@contextmanager
def store_problems(name: str) -> Iterator[None]:
    """What a file system raises, as a sentence: what is missing, refused, or out of reach."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError:
        raise DataProblem(f"There is no {name}.", "Is the name right, and the region or endpoint?") from None
    except (pa.ArrowException, OSError, ValueError, NotImplementedError) as error:
        why = " ".join(str(error).split())
        for marks, text, hint in _REFUSALS:
            if any(mark in why.lower() for mark in marks):
                raise DataProblem(text.format(name), hint) from None
        raise DataProblem(f"{name} cannot be read: {shown(why)}.") from None
