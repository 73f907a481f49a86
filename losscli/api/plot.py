"""`losscli plot`: pictures of reports that were written before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.did_you_mean import nearest
from ..core.errors import DataProblem, UsageProblem
from ..core.safe_text import shown
from ..report.pictures.drawing import Document, Drawing, Picture
from ..report.pictures.registry import NAMES, picture
from . import documents

MOST = 12  # pictures below each other in a file


def drawings(kind: str, paths: Sequence[str]) -> list[Drawing]:
    """The pictures of this kind that reports hold.

    Args:
        kind: The name of a picture.
        paths: The paths of reports as `--json` writes them; - is standard input.

    Returns:
        Drawings, each with its numbers and its words.

    Raises:
        UsageProblem: where there is no such picture or file, or where there are more pictures than a file has room for.
        DataProblem: for a file that is no report, or that does not hold what the picture shows.
    """
    if kind not in NAMES:
        hint = nearest(kind, NAMES) or f"Pictures are {', '.join(NAMES)}."
        raise UsageProblem(f"There is no picture {shown(kind)!r}.", hint, kind="bad_option")
    chosen = picture(kind)
    sources = [(_name(path), _checked(path, chosen)) for path in paths]
    made = chosen.drawings(sources)
    if not made:
        raise _nothing(chosen, sources)
    if len(made) > MOST:
        raise UsageProblem(
            f"There are {len(made)} pictures of this kind, and a file has room for {MOST}.",
            "Name reports of fewer results, or write --report html=page.html when they are computed.",
            kind="too_many",
        )
    return made


def _name(path: str) -> str:
    return "standard input" if path == "-" else shown(path)


def _checked(path: str, chosen: Picture) -> Document:
    """The document of a file, of a command whose documents the picture is drawn from."""
    document = documents.read(path)
    command = str(document.get("command"))
    if command not in chosen.commands:
        raise DataProblem(
            f"{_name(path)} is of losscli {shown(command)}, and the picture {chosen.name} is drawn from "
            f"reports of {_listed(chosen.commands)}.",
            _others(command),
            kind="other_command",
            file=_name(path),
        )
    return document


def _others(command: str) -> str:
    """What can be drawn from documents of this command."""
    names = [name for name in NAMES if command in picture(name).commands]
    return f"It has the pictures {_listed(names)}." if names else ""


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _nothing(chosen: Picture, sources: Sequence[tuple[str, Document]]) -> DataProblem:
    """Why there is nothing to draw."""
    first, document = sources[0]
    if chosen.name in ("trend", "ranking"):
        return DataProblem(
            f"The picture {chosen.name} needs two values or more of one loss, and there are no two in {first}.",
            "Name several reports.",
            kind="nothing_to_draw",
        )
    gathered: list[Any] = [result.get("histograms") for result in document["results"]]
    if chosen.missing == "--histograms" and any(gathered):
        return DataProblem(
            f"{first} has no picture {chosen.name}: the losses or the data in it have none.",
            "losscli plot --help says what each picture shows.",
            kind="nothing_to_draw",
        )
    hint = f"Make the report again with {chosen.missing}." if chosen.missing else ""
    return DataProblem(f"{first} does not hold what the picture {chosen.name} shows.", hint, kind="nothing_to_draw")
