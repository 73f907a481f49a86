"""Which losses are listed: by family, by task, by the library that has them, by words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..core import registry
from ..core.did_you_mean import nearest
from ..core.errors import UsageProblem
from ..core.record import record
from ..core.registry import Listed

if TYPE_CHECKING:
    from ..core.loss import Loss

_CLASSES = ("binary and multi-label", "multiclass", "calibration and decisions")
_NUMBERS = ("regression", "relative errors", "explained variation", "vectors", "likelihoods and deviances")


@record
class Task:
    """What losses are for: those of some families, and of others where labels have one of these forms."""

    families: tuple[str, ...]
    others: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def has(self, loss: Listed) -> bool:
        """Whether a loss is for it."""
        return loss.family in self.families or (
            loss.family in self.others and not {*self.labels}.isdisjoint(loss.labels)
        )


TASKS = {
    "regression": Task((*_NUMBERS, "quantiles and expectiles")),
    "classification": Task(_CLASSES),
    "binary": Task(("binary and multi-label", "calibration and decisions")),
    "multilabel": Task((), _CLASSES, ("binary", "match", "sign")),
    "multiclass": Task(("multiclass",), _CLASSES, ("index",)),
    "segmentation": Task(("segmentation",), ("binary and multi-label", "multiclass"), ("binary", "index")),
    "forecasting": Task(("forecasting", "quantiles and expectiles", "scoring rules", "relative errors")),
    "quantiles": Task(("quantiles and expectiles",)),
    "distributions": Task(("divergences", "scoring rules", "likelihoods and deviances")),
    "counts": Task(("likelihoods and deviances",)),
    "language": Task(("language models",)),
    "embeddings": Task(("embeddings and faces",)),
    "ranking": Task(("ranking",)),
    "speech": Task(("sequences",)),
}
LIBRARIES = {  # what people call a library, and what it is called here
    "pytorch": "torch",
    "scikit_learn": "sklearn",
    "segmentation_models_pytorch": "smp",
    "pytorch_metric_learning": "pml",
    "tensorflow_addons": "tfa",
}


def chosen(words: Sequence[str], family: str | None, task: str | None, library: str | None) -> list[Listed]:
    """The losses that all of these choose; where they choose none, a UsageProblem says so.

    Args:
        words: each stands in the name, an alias or the summary of a loss.
        family: the losses of this family, or of those whose names begin so.
        task: the losses for this task.
        library: the losses that this library has.
    """
    losses = registry.listing()
    if family is not None:
        losses = _of_family(losses, family)
    if task is not None:
        losses = _for_task(losses, task)
    if library is not None:
        losses = _of_library(losses, library)
    left = [loss for loss in losses if all(_mentions(loss, word) for word in words)]
    if not left:
        from ..core.suggestions.loss_names import slug
        from ..core.suggestions.scores import answer as score_answer

        hint = ""
        if len(words) == 1 and (known := score_answer(slug(words[0]))) is not None:
            raise UsageProblem(f"{words[0]}: {known[0]}.", known[1])
        if len(words) == 1:
            hint = nearest(words[0], [name for each in losses for name in (each.name, *each.aliases)])
        raise UsageProblem(
            f"No loss is all of that: {_said(words, family, task, library)}.", hint or "See losscli list."
        )
    return left


def calls_of(loss: Loss, library: str) -> list[str]:
    """What a library calls a loss: its calls, or its name there."""
    wanted = _library(library)
    keys = [key for key in loss.like if key.partition("@")[0] in wanted]
    calls = [call.text for key in keys for call in loss.like[key]]
    return [*dict.fromkeys(calls), *(text for key, text in loss.elsewhere.items() if _slug(key) in wanted)]


def _of_family(losses: list[Listed], family: str) -> list[Listed]:
    names = list(dict.fromkeys(loss.family or "other" for loss in losses))
    wanted = [name for name in names if _slug(name) == _slug(family)]
    wanted = wanted or [name for name in names if _starts(_slug(family).split("_"), _slug(name).split("_"))]
    if not wanted:
        raise UsageProblem(
            f"There is no family {family!r}.",
            nearest(family, names) or f"Families are {', '.join(names)}.",
            kind="bad_option",
            options=("family",),
        )
    return [loss for loss in losses if (loss.family or "other") in wanted]


def _starts(words: list[str], of: list[str]) -> bool:
    """Whether each word starts one of the others."""
    return any(words) and all(any(other.startswith(word) for other in of) for word in words)


def _for_task(losses: list[Listed], task: str) -> list[Listed]:
    slug = _slug(task)
    if slug in TASKS:
        return [loss for loss in losses if TASKS[slug].has(loss)]
    try:
        return _of_family(losses, task)
    except UsageProblem:
        hint = nearest(slug, TASKS) or f"Tasks are {', '.join(TASKS)}, and every family."
        raise UsageProblem(f"There is no task {task!r}.", hint, kind="bad_option", options=("for",)) from None


def _of_library(losses: list[Listed], library: str) -> list[Listed]:
    wanted = _library(library)
    have = [loss for loss in losses if any(_slug(name) in wanted for name in loss.libraries)]
    if have:
        return have
    names = sorted({name for loss in losses for name in loss.libraries})
    raise UsageProblem(
        f"No loss here is known to be one of {library}.",
        nearest(library, [*names, *LIBRARIES]) or f"Libraries are {', '.join(names)}.",
        kind="bad_option",
        options=("like",),
    )


def _library(name: str) -> set[str]:
    """What a library may be called here."""
    slug = _slug(name)
    return {"tf1", "tf2"} if slug in ("tensorflow", "tf") else {LIBRARIES.get(slug, slug)}


def _mentions(loss: Listed, word: str) -> bool:
    texts: Iterable[str] = (loss.name, *loss.aliases, loss.family, loss.summary)
    task = TASKS.get(word.lower())
    return (task is not None and task.has(loss)) or any(
        word.lower().replace("-", "_") in text.lower().replace("-", "_") for text in texts
    )


def _said(words: Sequence[str], family: str | None, task: str | None, library: str | None) -> str:
    options = {"--family": family, "--for": task, "--like": library}
    return " ".join([*words, *(f"{option} {value}" for option, value in options.items() if value is not None)])


def _slug(text: str) -> str:
    """A text in small letters, its words joined by one _."""
    return "_".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
