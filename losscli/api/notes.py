"""What a reader should know of several models, several data sets, or of a search: the notes of `compute`, named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ..core.binding.binding import bind
from ..core.errors import BadValue, LossCliError
from ..core.loss import Loss
from ..core.notes import Note, named
from ..core.record import replace
from ..core.scratch import Array
from ..engine.outcome import Outcome
from ..engine.run import HEAD
from ..sources.columns.candidates import CANDIDATE
from ..sources.frame import Frame
from ..stats.comparison.paired import PairedLoss, PairedSums
from .results import doubts_of_run, infinite_rows


def notes_of_sides(outcome: Outcome, frame: Frame, names: Sequence[str]) -> list[str]:
    """The notes of a comparison: models of different kinds first, then what each model's own run would note."""
    assert isinstance(outcome.bound, PairedLoss)
    sums, roles = PairedSums(outcome.bound, outcome.state), ["pred", *_candidates(outcome.head)]
    head = outcome.head
    notes: list[str] = []
    if "pred" in head and len(roles) == sums.sides:
        from ..inspection.checks.side_checks import sides_apart

        pairs = [(head["pred"], head[role], name) for role, name in zip(roles[1:], names[1:], strict=True)]
        apart = [sides_apart(outcome.bound.kind.name, base, cand, (names[0], name)) for base, cand, name in pairs]
        notes += [note for note in apart if note is not None]
        own = [doubts_of_run(_side(outcome, sums, i, role)) for i, role in enumerate(roles)]
        common = [note for note in own[0] if all(note in each for each in own[1:])]
        notes += [note for note in common if not _of_predictions(note)]
        notes += [
            named(note, "model", name)
            for each, name in zip(own, names, strict=True)
            for note in each
            if note not in common or _of_predictions(note)
        ]
    return [*notes, *infinite_rows(outcome, frame)]


def _candidates(head: Mapping[str, Any]) -> list[str]:
    return sorted((role for role in head if role.startswith(CANDIDATE)), key=lambda role: int(role[len(CANDIDATE) :]))


def _of_predictions(note: str) -> bool:
    return isinstance(note, Note) and note.role == "pred"


def _side(outcome: Outcome, sums: PairedSums, i: int, role: str) -> Outcome:
    """The outcome of one model, as if it had run alone."""
    bound, state = sums.side(i)
    head = {"pred": outcome.head[role], **{name: outcome.head[name] for name in ("label",) if name in outcome.head}}
    return replace(outcome, bound=bound, state=state, head=head)


def notes_of_search(
    loss: Loss, data: Mapping[str, Any], whole: Mapping[str, Array], params: Mapping[str, Any], declared: str | None
) -> list[str]:
    """The notes of arrays in which a convention is searched; of their kind only where one is declared."""
    from ..inspection.declaration_checks import MeanOfAll, doubts, entropy

    arrays = {role: array for role, array in data.items() if isinstance(array, np.ndarray)}
    with suppress(LossCliError, BadValue), np.errstate(all="ignore"):
        shapes = {role: array.shape for role, array in arrays.items()}
        bound = bind(loss, shapes, input=declared, whole=dict(whole), **params)
        mean = None
        if entropy(bound) and "weight" not in arrays and bound.layout.plain and not bound.needs_preparation:
            rows = np.asarray(bound.rows({**arrays, "start": 0}).terms[0])
            mean = MeanOfAll(float(rows.mean()), float(rows.std() / np.sqrt(len(rows))), len(rows))
        if not bound.layout.plain:
            return []
        head: dict[str, Any] = {role: arrays[role][:HEAD] for role in ("pred", "label") if role in arrays}
        notes = doubts(bound, head, mean)
        return [note for note in notes if declared is not None or getattr(note, "kind", "") not in KINDS_OF_INPUT]
    return []


KINDS_OF_INPUT = ("probs_as_logits", "not_normalised")


def of_dataset(notes: Iterable[str], name: str) -> list[str]:
    """The notes of one of several data sets, each with its name."""
    return [named(note, "dataset", name) if name else note for note in notes]
