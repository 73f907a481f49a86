"""What to type to mend data: commands where there is one, else the exact slice of rows."""

from __future__ import annotations

import json
import shlex

from ...core.record import record

PRED, LABEL = "predictions", "labels"


@record
class FileNames:
    """How sentences call the data: file names, the command they were given to, and the loss if one was named.

    `command` is `losscli compute LOSS PREDICTIONS LABELS` with the columns as they were chosen.
    """

    pred: str = PRED
    label: str = LABEL
    pred_path: str | None = None
    label_path: str | None = None
    command: str = "losscli compute LOSS PREDICTIONS LABELS"
    bare: str = "losscli compute LOSS PREDICTIONS LABELS"  # without the columns of the predictions
    loss: str = ""
    kind: str | None = None  # the declared kind of predictions
    kinds: tuple[str, ...] = ()  # those that the loss takes; () without a loss
    forms: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # of the predictions, one a class
    key: str = "KEY"  # a column of both files that may say which rows belong together

    def command_with(self, options: str) -> str:
        """The command with more options."""
        return f"{self.command} {options}".rstrip()

    def command_declaring(self, kind: str) -> str:
        """The command that declares this kind; a loss without it needs other predictions."""
        if self.kinds and kind not in self.kinds:
            return f"{self.loss} takes {' or '.join(self.kinds)}: give it those, or {_from(kind, self.kinds)}."
        return self.command_with(f"--input {kind}")

    @property
    def join_command(self) -> str:
        """The command that pairs rows by a key."""
        return self.command_with(f"--join {shlex.quote(self.key)}")

    def rows(self, label: str = "", pred: str = "") -> str:
        """The files with these rows: NumPy's indices, as a command where the files are NPY."""
        parts = [_saved(self.label_path, LABEL, label)] if label else []
        parts += [_saved(self.pred_path, PRED, pred)] if pred else []
        return "; ".join(parts)


def _from(kind: str, kinds: tuple[str, ...]) -> str:
    if kind == "logits" and "probs" in kinds:
        return "their sigmoid or softmax"
    return "a loss of " + kind


def _saved(path: str | None, what: str, index: str) -> str:
    if path is None or not path.lower().endswith(".npy"):
        return f"{what} = {index.format(what)}"
    body = index.format(f"np.load({json.dumps(path)})")
    return "python -c " + shlex.quote(f'import numpy as np; np.save("{what}-mended.npy", {body})')
