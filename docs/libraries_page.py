"""Makes docs/libraries.md: every public loss of the libraries beside losscli's name, or why it is left out."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from losscli.core.calls.names import SIGNATURES
from losscli.core.loss import Loss
from losscli.core.suggestions.loss_names import slug

HERE = Path(__file__).resolve().parent
NAMES, REASONS = HERE / "library_names.json", HERE / "library_reasons.json"
FIELD = HERE.parent / "losscli" / "core" / "suggestions" / "field_names.json"
LIKE = {"tensorflow": ("tf1",), "torchmetrics": ("torchmetrics",)}  # the conventions of a library, if not its own name
ELSEWHERE = {"tensorflow": ("tf1", "tensorflow", "tf"), "keras": ("keras",)}
SHORT = {
    "torch": ("torch",), "keras": ("keras",), "tensorflow": ("tf1", "tf"), "sklearn": ("sklearn",), "optax": ("optax",),
    "torchvision": ("tv",), "torchmetrics": ("tm",), "monai": ("monai",), "smp": ("smp",), "pml": ("pml",),
    "utilsforecast": ("uf",), "gluonts": ("gluonts",), "scoringrules": ("sr",), "properscoring": ("ps",),
    "trl": ("trl",),
}  # fmt: skip
HEAD = """# The losses of libraries

Written by `docs/make.py`. This page lists the losses of other libraries, and says which loss of losscli each of them
is. The column *as* says how the number is computed: `--like NAME` gives the number that the library prints, and is
tested against values that it printed ([Proof](parity_proof.md)); *by definition* means that losscli computes the same
formula, but was not compared with such values, so that constants and averages of the library may differ.
`docs/library_names.py` reads the names from the source code of the installed packages. XGBoost, LightGBM and CatBoost
have the names of their metrics in compiled code, so they are not on this page; [The number that your framework
reports](parity.md) lists those that losscli has.

| library | version | where | names | with a preset | by definition | left out |
|---|---|---|---|---|---|---|
"""


class Entry(NamedTuple):
    """A library's name: the losses that compute it, the convention that prints its number, or why there is none."""

    name: str
    losses: tuple[str, ...]
    like: str = ""
    reason: str = ""


def entries(losses: dict[str, Loss]) -> dict[str, list[Entry]]:
    """Every name of every library."""
    read = json.loads(NAMES.read_text(encoding="utf-8"))
    reasons = json.loads(REASONS.read_text(encoding="utf-8"))
    field = json.loads(FIELD.read_text(encoding="utf-8"))
    return {
        library: [_entry(library, name, losses, reasons.get(library, {}), field) for name in about["names"]]
        for library, about in read.items()
    }


def _entry(
    library: str,
    name: str,
    losses: dict[str, Loss],
    reasons: dict[str, list[str]],
    field: dict[str, dict[str, list[str]]],
) -> Entry:
    last = name.rpartition(".")[2]
    likes = LIKE.get(library, (library,))
    presets = [
        (loss.name, like)
        for loss in losses.values()
        for like in likes
        if any(_names(call.text, last) for call in loss.like.get(like, ()))
    ]
    signed = [
        (each.losses[0], each.like)
        for each in SIGNATURES
        if each.like in likes and each.name.rpartition(".")[2] == last and _has(losses, each.losses[0], each.like)
    ]
    if presets or signed:
        names = tuple(dict.fromkeys(loss for loss, _ in (*signed, *presets)))
        return Entry(name, names, (signed or presets)[0][1])
    form = next(param for param in losses["preference"].params if param.name == "form")
    if library == "trl" and form.domain is not None and form.domain.contains(name):
        return Entry(name, ("preference",), library)
    told = [
        loss.name
        for loss in losses.values()
        for key, text in loss.elsewhere.items()
        if key == library and _names(text, last)
    ]
    known = {alias: loss.name for loss in losses.values() for alias in (loss.name, *loss.aliases)}
    canonical = [
        known[loss]
        for loss, libraries in field.items()
        if loss in known and any(slug(last) in map(slug, libraries.get(short, ())) for short in SHORT[library])
    ]
    text = next((why for why, names in reasons.items() if any(fnmatch(name, each) for each in names)), "")
    if text in losses:
        return Entry(name, (text,))
    named = tuple(dict.fromkeys((*told, *canonical)))
    explicit = any(name in names for names in reasons.values())
    return Entry(name, (), "", text) if explicit or not named else Entry(name, named)


def _has(losses: dict[str, Loss], name: str, like: str) -> bool:
    return name in losses and like in losses[name].like


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text) is not None


def page(losses: dict[str, Loss]) -> str:
    """The text of the page."""
    about = json.loads(NAMES.read_text(encoding="utf-8"))
    overview, sections = [], []
    for library, rows in entries(losses).items():
        told = about[library]
        counts = [
            sum(bool(row.like) for row in rows),
            sum(bool(row.losses) and not row.like for row in rows),
            sum(not row.losses for row in rows),
        ]
        cells = [library, told["version"], told["where"], len(rows), *counts]
        overview.append("| " + " | ".join(map(str, cells)) + " |")
        lines = [f"## {library}", "", "| name | losscli | as |", "|---|---|---|"]
        for row in rows:
            names = ", ".join(f"[`{loss}`](losses.md#{loss})" for loss in row.losses) or "-"
            how = f"`--like {row.like}`" if row.like else "by definition" if row.losses else row.reason
            lines.append(f"| `{row.name}` | {names} | {how} |")
        sections.append("\n".join(lines))
    return HEAD + "\n".join(overview) + "\n\n" + "\n\n".join(sections) + "\n"
