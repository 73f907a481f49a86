"""What is proved of a framework's convention: forms and axes, kinds and options of which it printed values itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arrays.inputs import Shape, show_shape
from ..errors import UsageProblem
from .conventions import Preset, split_like
from .declaration import Loss
from .proved_calls import PROVED

# what its user does to arrays before any call takes them, or how rows were cut: no option of the call
PREPARED = frozenset({
    "activation", "batch_size", "channels", "label_input", "layout", "normalize", "temperature", "temperature_squared",
    "threshold",
})  # fmt: skip


def axes_of(form: str, shape: Shape) -> str:
    """A form of labels and the number of axes of the predictions beside them, as the table has them: binary2."""
    return f"{form or 'none'}{len(shape)}"


def option_of(name: str, value: Any) -> str:
    """An option as the table has it: a word with its value, a list marked as such, a number by its name alone."""
    if isinstance(value, str | bool):
        return f"{name}={str(value).lower().partition(':')[0]}"
    return f"{name}[]" if isinstance(value, tuple | list) or _is_array(value) else name


def options_given(loss: Loss, chosen: Preset, params: Mapping[str, Any]) -> list[str]:
    """The options that were given another value than the call has, knobs and what is done beforehand left out."""
    own = {**chosen.call.when, **chosen.call.knobs}
    return [
        option_of(param.name, params[param.name])
        for param in loss.params
        if not param.knob
        and param.name not in PREPARED
        and _differs(params.get(param.name), own.get(param.name, param.default))
    ]


def _differs(value: Any, default: Any) -> bool:
    return value is not None and (_is_array(value) or bool(value != default))


def _is_array(value: Any) -> bool:
    return int(getattr(value, "ndim", 0)) > 0


def refuse_unproved(
    like: str, chosen: Preset, loss: Loss, form: str, kind: str, pred: Shape, params: Mapping[str, Any]
) -> None:
    """Refuse what no value that the framework printed proves: what it would make of it is not known.

    Args:
        like: the convention, such as keras or keras@3.15.
        chosen: the framework's call.
        loss: the loss.
        form: the form of the labels; empty without labels.
        kind: the kind of the predictions.
        pred: the shape of the predictions, (n, ...).
        params: the loss's parameters that were given.
    """
    name = split_like(like)[0]
    proved = PROVED.get(name, {}).get(loss.name)
    if proved is None:  # of a paper, or of a loss of another package
        return
    forms, kinds, options = (each.split() for each in proved)
    forms = [each.rstrip("0123456789") + axes for each in forms for axes in each if axes.isdigit()]
    title = chosen.framework.title.partition(",")[0]
    if loss.class_masks and form == "distribution":  # masks shaped like the predictions, whatever makes probabilities
        form = "binary"
    form = "distribution" if form == "class_scores" else form  # of which the call makes distributions first
    slim = [each for place, each in enumerate(pred) if place == 0 or each != 1]
    if None in pred[1:] or not {axes_of(form, pred), axes_of(form, tuple(slim))} & set(forms):
        text = f"{title} has no {loss.name} of predictions of shape {show_shape(pred)} with such labels"
        raise _unproved(f"{text}, so that --like {name} has no value.", name, "unproved_shape")
    if kind not in kinds:
        text = (
            f"Of {loss.name} like {title} no value proves what it makes of {kind}; it is proved of {', '.join(kinds)}."
        )
        raise _unproved(text, name, "unproved_kind", "input")
    for given in options_given(loss, chosen, params):
        if given not in options:
            words, _, value = given.partition("=")
            words = words.removesuffix("[]").replace("_", "-")
            option = f"--{'no-' * (value == 'false')}{words}"
            raise UsageProblem(
                f"No value of {title} shows what it makes of {loss.name} with {option}, so that --like {name} would "
                "be a guess.",
                f"Leave out {option} for the value of {title}, or leave out --like {name} for the loss with {option}.",
                kind="unproved_option",
                options=("like", words),
            )


def _unproved(text: str, name: str, kind: str, *options: str) -> UsageProblem:
    return UsageProblem(text, f"Leave out --like {name}.", kind=kind, options=("like", *options))
