"""`losscli verify REPORT`: computes every number of a report again."""

from __future__ import annotations

import click

from ...api.options.run_option import TYPED_FILE
from ..options import options_of
from ..params import SectionedOption
from ..streams import emit


@click.command("verify", params=[*options_of("verify")], epilog="Example: losscli verify report.json")
@click.argument("report", metavar="REPORT")
@click.option(
    "--in", "folder", cls=SectionedOption, completes="directory", why_typed=TYPED_FILE, metavar="DIR",
    help="Where the inputs' paths start.  [default: the current folder]",
)  # fmt: skip
def command(report: str, folder: str | None) -> int:
    """Compute every number of a report again.

    REPORT is what --format json of compute, batch or merge wrote. Each input is compared with its SHA-256, or by the
    content of its columns where a file holds those of several roles, and each value and standard error with what the
    same recipe gives now. Exit code 0 when all are the same, else 1.
    """
    from ...api.verify import verify

    findings = verify(report, folder or ".")
    emit("".join(f"{finding}\n" for finding in findings))
    return 0 if all(finding.same for finding in findings) else 1
