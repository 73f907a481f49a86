"""Results read back from JSON, whoever wrote it: every value is of its kind, or a DataProblem names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core import signature
from ..core.binding.decided_loss import IMPORTANCE, WEIGHTS_ARE
from ..core.errors import DataProblem
from ..core.safe_text import shown
from ..core.sums.reduction import DENOMINATORS
from . import read_parts
from .model import NAME_LENGTH, Input, Result
from .result_parts import not_finite_of

_NONE = type(None)
_RESULT: dict[str, tuple[type, ...]] = {
    "loss": (str,), "n": (int,), "reduction": (str,), "denominator": (str, _NONE), "input": (str,),
    "label": (str, _NONE), "params": (dict,), "signature": (str,),
}  # fmt: skip
_OPTIONAL: dict[str, type] = {
    "precision": str, "weighted": bool, "weights_are": str, "elements": dict, "convention": dict,
    "ci": dict, "like": str, "call": str, "counts": dict, "outputs": list, "effective": dict,
    "alias": str, "dataset": str, "error": str, "per_sample": str, "per_sample_file": dict, "histograms": dict,
}  # fmt: skip


def result(entry: Mapping[str, Any]) -> Result:
    """A result as it was, without its rows, its state and its checks."""
    where = f"a result of {shown(str(entry.get('loss')))}"
    held = {key: field(where, entry, key, *kinds) for key, kinds in _RESULT.items()}
    held = {**_of_old_report(held["signature"]), **held} if "weighted" not in entry else held
    held |= {key: field(where, entry, key, kind) for key, kind in _OPTIONAL.items() if entry.get(key) is not None}
    held |= _parts(where, held)
    if held.get("weights_are", IMPORTANCE) not in WEIGHTS_ARE:
        raise DataProblem(f"{where}: weights_are is neither {' nor '.join(WEIGHTS_ARE)}.")
    held["params"] = {name: _parameter(each) for name, each in held["params"].items()}
    if convention := held.get("convention"):
        held["convention"] = {key: field(where, convention, key, str) for key in ("name", "floats")}
    if isinstance(entry.get("inputs"), list):  # in JSON lines they are the inputs themselves
        held["inputs"] = tuple(each for each in entry["inputs"] if isinstance(each, int) and not isinstance(each, bool))
    if entry.get("request") is not None:
        held["request"] = field(where, entry, "request", dict)
    if entry.get("grouping") is not None:
        from .read_groups import groups_of  # most reports have none

        held |= groups_of(where, entry)
    if entry.get("worst") or entry.get("best") is not None:
        from .read_groups import rows_of

        held |= rows_of(where, entry)
    field(where, entry, "status", str)
    value, weight = _number(where, entry, "value"), _number(where, entry, "weight_sum") or 0.0
    return Result(value=value, stderr=_number(where, entry, "stderr"), weight_sum=weight, **held)


def _parts(where: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold numbers inside."""
    if held["denominator"] not in (None, *DENOMINATORS):
        raise DataProblem(f"{where}: there is no denominator {shown(held['denominator'])}.")
    parts: dict[str, Any] = {}
    if "histograms" in held:
        read_parts.check_histograms(where, held["histograms"])
    for name, read in (
        ("counts", read_parts.counts_of), ("ci", read_parts.interval_of), ("outputs", read_parts.outputs_of),
        ("elements", read_parts.elements_of),
    ):  # fmt: skip
        if name in held:
            parts[name] = read(where, held[name])
    return parts


def _of_old_report(text: str) -> dict[str, Any]:
    """What reports before `weighted` and `convention` say in their signature alone. Nothing else reads a signature."""
    settings = signature.read(text)[1]
    fields: dict[str, Any] = {"weighted": settings.get("weighted") is True}
    if "precision" in settings:
        fields["precision"] = str(settings["precision"])
    if settings.get("like"):
        name, _, floats = str(settings["like"]).partition(" ")
        fields["convention"] = {"name": name, "floats": floats}
    return fields


def _parameter(value: Any) -> Any:
    """A parameter as it was given: JSON's lists are tuples."""
    if isinstance(value, dict):
        raise DataProblem("A parameter of a result is of the wrong kind.")
    return tuple(map(_parameter, value)) if isinstance(value, list) else value


def input(entry: Mapping[str, Any]) -> Input:
    """An input as it was."""
    where = "an input"
    text, maybe = (str,), (str, _NONE)
    kinds = {"role": text, "path": maybe, "format": text, "dtype": text, "sha256": maybe}
    held = {key: field(where, entry, key, *allowed) for key, allowed in kinds.items()}
    shape, columns = field(where, entry, "shape", list), field(where, entry, "columns", list, _NONE) or ()
    if not all(each is None or (type(each) is int and 0 <= each < 1 << 63) for each in shape):
        raise DataProblem(f"{where}: shape holds something else than sizes.")
    several = {key: field(where, entry, key, int) for key in ("file_count", "empty_files") if key in entry}
    if entry.get("content") is not None:
        held["content"] = field(where, entry, "content", str)
    files = tuple(map(str, field(where, entry, "files", list))) if "files" in entry else ()
    return Input(shape=tuple(shape), columns=tuple(map(str, columns)), files=files, **held, **several)


def field(where: str, entry: Mapping[str, Any], key: str, *kinds: type) -> Any:
    """A value of one of these kinds; else a DataProblem names it."""
    value = entry.get(key)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise DataProblem(f"{where}: {key} is missing or of the wrong kind.")
    return value


def _number(where: str, entry: Mapping[str, Any], key: str) -> float | None:
    value = entry.get(key)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise DataProblem(f"{where}: {key} is no number.")
    return not_finite_of(entry, key) if value is None else float(value)


def warnings(document: dict[str, Any]) -> list[str]:
    """The notes of a document, as text that can be printed."""
    listed = document.get("warnings")
    return [shown(note, NAME_LENGTH) for note in listed if isinstance(note, str)] if isinstance(listed, list) else []
