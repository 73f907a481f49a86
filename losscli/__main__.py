"""The entry point: `losscli` and `python -m losscli`."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import warnings


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(100_000)  # imports make many objects and no garbage; looking for it costs more than a small job
    # NumPy's linear algebra is not used; starting its threads would cost more than a small job
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a library's warning to programmers is no sentence for users
    try:
        from .cli import stop, streams
        from .cli.main import run

        stop.install()
        streams.prepare()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    _leave(code)


def _leave(code: int) -> None:
    """End at once: everything is written and closed, and taking NumPy down piece by piece would take 15 ms."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or None
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
