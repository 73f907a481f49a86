"""The names that the field's libraries give to losses, and what they are called here."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ..errors import UsageProblem
from ..safe_text import shown
from . import scores

LIKENESS = 0.72  # of a name that is suggested, from 0 to 1
OF_SHORT = 0.65  # the same of names of up to four letters, where one other letter weighs much
TITLES = {
    "cb": "CatBoost", "darts": "Darts", "gluonts": "GluonTS", "keras": "Keras", "kornia": "Kornia",
    "lgbm": "LightGBM", "lm-eval": "lm-evaluation-harness", "monai": "MONAI", "nf": "neuralforecast",
    "optax": "Optax", "pml": "pytorch-metric-learning", "ps": "properscoring", "sklearn": "scikit-learn",
    "sksurv": "scikit-survival", "sktime": "sktime", "smp": "segmentation_models_pytorch", "sr": "scoringrules",
    "tf": "TensorFlow", "tf1": "TensorFlow 1", "timm": "timm", "tm": "TorchMetrics", "torch": "PyTorch",
    "trl": "TRL", "tv": "torchvision", "uf": "utilsforecast", "xgb": "XGBoost",
}  # fmt: skip
_ENDINGS = ("_loss", "_score", "_metric", "_error", "_with_logits")


class FieldName(NamedTuple):
    """A library's name of a loss, as it is written there, and the loss's canonical name."""

    library: str
    written: str
    loss: str


def unknown_loss(name: str, own: Mapping[str, str], plugins: Collection[str]) -> UsageProblem:
    """That there is no loss of this name, and what may have been meant.

    Args:
        name: the name as it was typed.
        own: the canonical name of every name and alias of the package's losses.
        plugins: the names and aliases of plugins' losses.
    """
    why, hint = _meant(name, own, plugins)
    text = f"There is no loss {shown(name)!r}" + (f": {why}." if why else ".")
    return UsageProblem(text, hint or "See losscli list.", kind="unknown_loss", options=("loss",))


def _meant(name: str, own: Mapping[str, str], plugins: Collection[str]) -> tuple[str, str]:
    """Why there is none, if it is known, and what to type."""
    before, colon, params = name.partition(":")
    if colon and slug(before) in own:  # as the options of commands take a loss with its parameters
        return "", f"Write {before.strip()}({params.replace(',', ', ')}), or give the parameters as arguments."
    spelled = slug(name)
    if (score := scores.answer(spelled)) is not None:
        return score
    if (field := field_names().get(spelled)) is not None:
        calls = f"{TITLES[field.library]} calls it {'so' if field.written == name else field.written}."
        if field.loss in own:
            return "", f"Did you mean {own[field.loss]}? {calls}"
        return f"{TITLES[field.library]} has it as {field.written}, and losscli does not have it yet", ""
    for ending in _ENDINGS:
        if (short := spelled.removesuffix(ending)) != spelled and short in own:
            return "", f"Did you mean {short}?"
    if (close := closest(spelled, [*own, *plugins])) is not None:
        return "", f"Did you mean {close}?"
    known = {each: field for each, field in field_names().items() if field.loss in own}
    if len(spelled) > 4 and (close := closest(spelled, known)) is not None:
        field = known[close]
        return "", f"Did you mean {own[field.loss]}? {TITLES[field.library]} calls it {field.written}."
    return "", ""


def closest(name: str, choices: Collection[str]) -> str | None:
    """The choice with the same letters in another order, or the most alike one; None where none is alike enough."""
    from difflib import get_close_matches

    anagrams = [choice for choice in choices if len(name) > 2 and sorted(choice) == sorted(name)]
    matches = anagrams or get_close_matches(name, choices, n=1, cutoff=LIKENESS if len(name) > 4 else OF_SHORT)
    return matches[0] if matches else None


@cache
def field_names() -> dict[str, FieldName]:
    """Every name of the field by its slug; of several libraries the first that the table has."""
    table = json.loads((files(__package__) / "field_names.json").read_text(encoding="utf-8"))
    names: dict[str, FieldName] = {}
    for loss, libraries in table.items():
        for library, written in libraries.items():
            for each in written:
                names.setdefault(slug(each), FieldName(library, each, loss))
    for loss, libraries in table.items():
        library, written = next(iter(libraries.items()))
        names.setdefault(loss, FieldName(library, written[0], loss))
    return names


def slug(name: str) -> str:
    """A name in small letters, its words joined by _: BCEWithLogitsLoss is bce_with_logits_loss."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
