"""SPECs: `PATH`, `PATH::COLUMNS`, `::COLUMNS`, `-`; and the choice of columns that they and options make."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

from ..core.did_you_mean import nearest
from ..core.errors import UsageProblem
from ..core.record import record
from ..core.safe_text import shown

WILDCARDS = "*?["

# the usual names of a role's column, in small letters, and what predictions of that name are
_KINDS = {
    "": ("pred", "preds", "prediction", "predictions", "predicted", "y_pred", "yhat", "y_hat"),
    "scores": ("score", "scores", "y_score", "y_scores"),
    "logits": ("logit", "logits"),
    "probs": ("prob", "probs", "proba", "probability", "probabilities", "y_prob", "y_proba"),
    "logprobs": ("logprob", "logprobs", "log_prob", "log_probs"),
}
KIND_OF_NAME = {name: kind for kind, names in _KINDS.items() for name in names}
PRED_NAMES = tuple(KIND_OF_NAME)
LABEL_NAMES = (
    "label", "labels", "target", "targets", "target_label", "true_label", "y_true", "y", "truth", "ground_truth",
    "groundtruth", "gt", "actual", "actuals",
)  # fmt: skip
WEIGHT_NAMES = ("weight", "weights", "sample_weight", "sample_weights", "row_weight", "instance_weight")
USUAL_NAMES = {"pred": PRED_NAMES, "label": LABEL_NAMES, "weight": WEIGHT_NAMES}
KEY_NAMES = ("id", "key", "index", "idx", "uid", "uuid", "guid")
CLASS_NAMES = ("class", "classes", "class_name", "class_id", "category", "name", "id", "index", *LABEL_NAMES)
_INDEX_NAMES = r"(?i)|index|level_0|__index_level_\d+__|unnamed: [\d.]+"


@record
class Spec:
    """Where a role's data are: a path ('' is the predictions' own file), and names or globs of columns."""

    path: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.path + ("::" + ",".join(self.columns) if self.columns else "")


def parse(text: str) -> Spec:
    """A SPEC as typed."""
    if not text:
        raise UsageProblem("An empty text stands where a file should.", "Is a shell variable unset?")
    path, mark, columns = text.partition("::")
    names = split(columns) if mark else ()
    if mark and not names:
        raise UsageProblem(f"{shown(text)} names no columns after '::'.", "Write PATH::COLUMN.")
    return Spec(path, names)


def split(text: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def match(patterns: Iterable[str], columns: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The columns that names or globs mean: each pattern in turn, a glob's columns in file order."""
    matched: list[str] = []
    for pattern in patterns:
        if pattern in columns or pattern.strip() in columns:
            hits = [pattern if pattern in columns else pattern.strip()]
        elif any(sign in pattern for sign in WILDCARDS):
            hits = [name for name in columns if fnmatch.fnmatchcase(name, pattern)]
        else:
            hits = []
        if not hits:
            raise UsageProblem(
                f"{table} has no column {shown(pattern)}.",
                _offer(pattern, columns),
                kind="missing_column",
                file=table,
                column=pattern,
            )
        matched.extend(name for name in hits if name not in matched)
    return tuple(matched)


def _offer(pattern: str, columns: tuple[str, ...]) -> str:
    near = nearest(pattern, columns)
    if near:
        return shown(near)
    few = ", ".join(shown(name) for name in columns[:12])
    return f"It has: {few}{', ...' if len(columns) > 12 else ''}."


def usual_columns(columns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns with a usual name for their role."""
    return tuple(name for name in columns if name.lower() in names)


def is_key(name: str) -> bool:
    """Whether a column is called as keys of rows usually are."""
    return name.lower() in KEY_NAMES or name.lower().endswith("_id")


def without_index(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns but those that count the rows, as pandas writes an index without a name."""
    return tuple(name for name in columns if not re.fullmatch(_INDEX_NAMES, name)) or columns


def glob_parts(pattern: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """What the wildcards of a glob stand for in each column: all from the first of them to the last."""
    start = min(pattern.index(sign) for sign in WILDCARDS if sign in pattern)
    ends = [pattern.rfind(sign) for sign in "*?"]
    if "[" in pattern:
        ends.append(pattern.find("]", pattern.rfind("[") + 2))
    after = len(pattern) - 1 - max(ends)
    return tuple(name[start : len(name) - after] for name in columns)
