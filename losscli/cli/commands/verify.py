"""`losscli verify REPORT`: computes every number of a report again."""

from __future__ import annotations

from typing import Any

import click

from ...api.options.run_option import TYPED_FILE
from ..gates import nothing_computed, reported
from ..options import options_of
from ..output import Output
from ..params import SectionedOption
from ..sectioned_command import SectionedCommand


@click.command(
    "verify",
    cls=SectionedCommand,
    params=[
        click.Argument(["document"], metavar="REPORT"),
        SectionedOption(
            ["--in", "folder"], section="Data", completes="directory", why_typed=TYPED_FILE, metavar="DIR",
            help="Where the inputs' paths start.  [default: the current folder]",
        ),
        *options_of("verify"),
    ],
    epilog="Example: losscli verify report.json",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip
def command(document: str, folder: str | None, **values: Any) -> int:
    """Compute every number of a report again, and say what changed.

    REPORT is what --format json or jsonl of compute, batch, merge, gate or verify wrote, or - for standard input. Each
    input is compared with its SHA-256, or by the content of its columns where a file holds those of several roles, and
    each number with what the same settings give now. The exit code is 0 if all are the
    same, and 1 otherwise.
    """
    from ...api.verify import verify

    output = Output.of(values)
    with output.opened([0 if document == "-" else document]) as targets:
        with reported(targets, lambda problem: nothing_computed("verify", problem, ())):
            verification = verify(document, folder or ".")
        lines = "".join(f"{finding}\n" for finding in verification.findings)
        output.notes(verification)
        output.write(verification, targets, plain=lines)
    return 0 if verification.passed else 1
