"""`losscli plot KIND REPORTS -o FILE`: a picture of reports, or its numbers."""

from __future__ import annotations

import os
from typing import Any

import click

from ...core.errors import UsageProblem
from ...report.pictures.registry import HELP, NAMES
from ..params import SectionedOption
from ..sectioned_command import SectionedCommand

_DATA = {".json": "json", ".csv": "csv"}


class _Plot(SectionedCommand):
    """The help lists the pictures."""

    inputs = (
        ("KIND", f"Which picture: {', '.join(NAMES)}."),
        ("REPORTS", "Files that --json wrote, or - for standard input."),
    )


def _help() -> str:
    pictures = "\n".join(f"  {name:14} {what}" for name, what in HELP.items())
    return (
        "Draw a picture of reports that were written before. matplotlib draws it from the reports alone.\n\n"
        f"\b\nThe pictures are:\n{pictures}\n\n"
        "loss, concentration, calibration, residuals and confusion are drawn from what --histograms adds to a report "
        "of compute or batch. FILE ends in .svg, .png or .pdf; in .csv or .json it holds the numbers of the picture, "
        "for other tools to draw."
    )


def _plot(**values: Any) -> int:
    from ...api.plot import drawings

    path = values["output"]
    suffix = os.path.splitext(path)[1].lower()
    if not values["reports"]:
        raise UsageProblem("No report is named.", "Write losscli plot loss report.json -o loss.svg.")
    if suffix not in (".svg", ".png", ".pdf", *_DATA):
        raise UsageProblem(
            f"-o {path}: the suffix says the format, and is one of .svg, .png, .pdf, .csv and .json.",
            "Write -o picture.svg.",
            kind="bad_option",
            options=("output",),
        )
    if suffix not in _DATA:
        from ...report.pictures.canvas import refuse_without_matplotlib

        refuse_without_matplotlib()
    made = drawings(values["kind"], values["reports"])
    _write(path, suffix, made, [0 if each == "-" else each for each in values["reports"]])
    return 0


def _write(path: str, suffix: str, made: Any, inputs: list[str | int]) -> None:
    """The file, whole or not at all; none of the reports is written over."""
    from ...report.writing.atomic_file import AtomicFile

    file = AtomicFile(path, inputs, "-o")
    try:
        if suffix in _DATA:
            from ...report.pictures.picture_data import as_csv, as_records

            file.write(as_csv(made) if suffix == ".csv" else as_records(made))
        else:
            from ...report.pictures.canvas import saved

            file.write(saved(made, suffix[1:]))
    except BaseException:
        file.discard()
        raise


command = _Plot(
    "plot",
    params=[
        click.Argument(["kind"], metavar="KIND"),
        click.Argument(["reports"], metavar="REPORTS...", nargs=-1),
        SectionedOption(
            ["-o", "--output"], section="Output", metavar="FILE", required=True, completes="file",
            help="The file: .svg, .png or .pdf for the picture, .csv or .json for its numbers.",
            why_typed="It names a file.",
        ),
    ],
    callback=_plot,
    help=_help(),
    short_help="Draw pictures of reports.",
    epilog="Example: losscli plot difference compare.json -o difference.svg",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip
