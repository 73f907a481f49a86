"""Configuration files, and a command whose number they may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from conftest import ROOT

from losscli.cli.per_loss import Losses
from losscli.cli.program import COMMANDS, program
from losscli.cli.sectioned_command import SectionedCommand

SAMPLES = ROOT / "sample_data"
DATA = (SAMPLES / "diabetes/pred.npy", SAMPLES / "diabetes/label.npy")
MSE = ("compute", "mse", *DATA)
FOCAL = ("compute", "focal", SAMPLES / "cancer/logits.npy", SAMPLES / "cancer/labels.npy")
VALUE = "3024.6856610020086\n"


def write(folder: Path, text: str, name: str = "losscli.toml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def leaves() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that a file can speak to, with one loss for each that has losses."""
    ctx = click.Context(program, info_name="losscli", **program.context_settings)
    for name in COMMANDS:
        found = program.get_command(ctx, name)
        if isinstance(found, Losses):
            yield (name, "focal"), found.get_command(ctx, "focal")
        elif isinstance(found, SectionedCommand):
            yield (name,), found
