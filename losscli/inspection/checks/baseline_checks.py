"""What predictions are worth as they are: beside a constant, on another scale, with labels the other way round."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.diagnostics import WARNING, Alarm
from ...core.scratch import Array
from ..task import ENTROPY, SQUARES, Task
from .fixes import FileNames
from .kind_checks import clearly_better
from .pairing_checks import BY_CHANCE, BY_ROWS, FEWEST, Association, of_features, spread_in_order, strength

WORSE = {ENTROPY: 1.5, SQUARES: 1.25}  # how much worse than a constant a loss must be
SURELY_WORSE = 1.25  # the same for predictions that are sure of themselves
SURE = {2: 0.6, 3: 0.35}  # of what is left to know, by classes (3 and more)
CLAIMED = 6.0  # how strong an association the predictions claim, and do not have
BEYOND = 5.0  # standard errors
BROKEN = 3.0  # the same of predictions that claim to know their labels, and say nothing of them
AT_LEAST = 2.0  # standard errors to spare
OTHER = 0.15  # by which the means of predictions may miss the frequencies of their labels, whatever the order
RARE = 20  # rows of the rarer label, or beside the most frequent class
SCALES = (100.0, 0.01, 1000.0, 0.001, 1e6, 1e-6)
NO_RELATION = 2.5  # deviations


def flipped(about: FileNames, task: Task, rows: Array) -> Iterator[Alarm]:
    """Binary labels the other way round: the predictions know them, and are for the opposite."""
    if task.signless:
        yield from _same_for_far(about, task, rows)
    now = strength(task, task.pred.at(rows), task.label.at(rows), in_order=False)
    if task.name not in ("binary", "multilabel") or now.chance > -BY_CHANCE or now.rows > -BY_ROWS:
        return
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    truth = task.right[yi]
    guess = task.left[pi]
    measure = _squares if task.measure == SQUARES else _entropy  # decisions have no cross entropy
    before, after = (measure(guess, each) for each in (truth, 1.0 - truth))
    constant = measure(np.broadcast_to(truth.mean(axis=0), truth.shape), truth)
    if not clearly_better(before, after, 0.1) or after.mean() >= constant.mean():
        return
    evidence = f"{_start(task)} {before.mean():.4g}; with 0 and 1 exchanged {after.mean():.4g}, on {len(pi)} rows."
    signs = "sign" in about.forms and (task.label.values[task.label.usable] == -1).any()
    yield Alarm("labels-flipped", WARNING, evidence, about.rows(label="-{}" if signs else "1 - {}"))


def _same_for_far(about: FileNames, task: Task, rows: Array) -> Iterator[Alarm]:
    """Pairs whose distances are large where labels say that both are of one class."""
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    if about.kind != "distances" or len(pi) < FEWEST:
        return
    now = of_features(task.left[pi], task.right[yi], in_order=False)
    if now.strong:
        far, near = (float(task.pred.values[pi][task.label.values[yi] == bit].mean()) for bit in (1, 0))
        evidence = (
            f"The mean distance is {far:.4g} where labels are 1 and {near:.4g} where they are 0, on {len(pi)} rows."
        )
        yield Alarm("labels-flipped", WARNING, evidence, about.command_with("--same-value 0"))


def _squares(guess: Array, truth: Array) -> Array:
    return np.asarray(np.square(guess - truth).mean(axis=1))


def _entropy(guess: Array, truth: Array) -> Array:
    logs = np.log(np.maximum(guess, 1e-15)), np.log(np.maximum(1.0 - guess, 1e-15))
    return np.asarray(-(truth * logs[0] + (1.0 - truth) * logs[1]).mean(axis=1))


def _start(task: Task) -> str:
    return task.measure[0].upper() + task.measure[1:]


def scaled(about: FileNames, task: Task, rows: Array) -> Iterator[Alarm]:
    """Predictions in another unit than the labels: percent beside fractions, metres beside kilometres."""
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    if task.name != "regression" or len(pi) < FEWEST:
        return
    if task.signless:
        yield from _percent(about, task, pi, yi)
        return
    guess, truth = (_flat(values, at) for values, at in ((task.pred.values, pi), (task.label.values, yi)))
    before, spread = np.square(guess - truth).mean(), np.square(truth - truth.mean(axis=0)).mean()
    if before < spread or not (guess * guess).sum():
        return
    slope = float((guess * truth).sum() / (guess * guess).sum())
    now = strength(task, pi, yi, in_order=False)
    for scale in SCALES:
        after = float(np.square(scale * guess - truth).mean())
        if 0.5 <= slope / scale <= 2.0 and now.strong and after < 0.9 * spread and after < 0.5 * before:
            way = f"times {scale:g}" if scale > 1 else f"divided by {round(1 / scale):g}"
            evidence = f"Mean squared error {before:.4g}; with predictions {way} {after:.4g}, on {len(pi)} rows."
            index = f"{{}} * {scale:g}" if scale > 1 else f"{{}} / {round(1 / scale):g}"
            yield Alarm("scale", WARNING, evidence, about.rows(pred=index))
            return


def _percent(about: FileNames, task: Task, pi: Array, yi: Array) -> Iterator[Alarm]:
    """Probabilities in percent beside 0 and 1."""
    guess, truth = (_flat(held.values, at) for held, at in ((task.pred, pi), (task.label, yi)))
    if about.kind == "distances" or guess.max() > 100 or not np.isin(truth, (0, 1)).all():
        return
    after = _entropy(guess / 100, truth)
    constant = _entropy(np.broadcast_to(truth.mean(axis=0), truth.shape), truth)
    if clearly_better(constant, after, 0.1) and of_features(task.left[pi], task.right[yi], in_order=False).strong:
        evidence = f"Values of {about.pred} go from {guess.min():.4g} to {guess.max():.4g}: as percentages their cross "
        evidence += (
            f"entropy is {after.mean():.4g}, that of the best constant {constant.mean():.4g}, on {len(pi)} rows."
        )
        yield Alarm("scale", WARNING, evidence, about.rows(pred="{} / 100"))


def _flat(values: Array, at: Array) -> Array:
    return np.asarray(values[at], dtype=np.float64).reshape(len(at), -1)


def worse_than_constant(about: FileNames, task: Task, rows: Array) -> Iterator[Alarm | str]:
    """A loss far above that of the best constant. Without any relation to the labels it is an alarm, else a note."""
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    if len(pi) < FEWEST or task.measure not in WORSE:
        return
    loss, constant = task.losses(pi, yi), task.constant(yi)
    excess = loss - constant
    error = float(excess.std()) / np.sqrt(len(excess))
    worse = _worse(task, pi)
    spare = 0.0 if worse == SURELY_WORSE else AT_LEAST * error
    if not (loss.mean() - spare > worse * constant.mean() and excess.mean() > BROKEN * error):
        return
    if about.kind not in (None, "probs", "logits", "logprobs", "values", "rates"):
        return
    now, doubtless = strength(task, pi, yi, in_order=False), excess.mean() > BEYOND * error
    evidence = f"{_start(task)} {loss.mean():.4g} is above {constant.mean():.4g}, that of the best constant"
    if now.chance < NO_RELATION and task.name != "regression" and _other_labels(task, pi, yi):
        if not doubtless:
            return
        yield (
            f"{evidence}. Predictions say nothing of the labels beside them, nor have they their frequencies: a model "
            "that knows nothing, or one for other labels."
        )
    elif now.chance < NO_RELATION and _claims(task, pi, yi, now):
        evidence += f", and predictions say nothing of the labels beside them, on {len(pi)} rows."
        if _sorted(task, yi) and not _sorted_preds(task, pi):
            evidence += " Labels are sorted, the predictions are not."
            yield Alarm(
                "labels-sorted", WARNING, evidence, f"Write labels in the order of predictions, or {about.join_command}"
            )
            return
        yield Alarm("worse-than-constant", WARNING, evidence, f"Pair rows by their ids: {about.join_command}")
    elif doubtless and (task.kind == "probs" or task.declared or task.measure == SQUARES):
        yield f"{evidence}. Rows belong together, but predictions are too sure, or off by a scale or an offset."


def _worse(task: Task, pi: Array) -> float:
    """How many times a constant's loss is too much: less where predictions are sure of what they say.

    The mean of the greatest probability is how often predictions claim to be right, here beside always naming the
    class that they name most. Noise of a common size claims a third of what is left at most, or half of two classes.
    """
    if task.name not in ("multiclass", "binary") or task.measure != ENTROPY:
        return WORSE[task.measure]
    probs = task.left[pi]
    if task.name == "binary":
        probs = np.concatenate([probs, 1.0 - probs], axis=1)
    most = float(probs.mean(axis=0).max())
    surer = (float(probs.max(axis=1).mean()) - most) / max(1.0 - most, 1e-12)
    return SURELY_WORSE if surer >= SURE[min(3, probs.shape[1])] else WORSE[task.measure]


def _other_labels(task: Task, pi: Array, yi: Array) -> bool:
    """Whether predictions are not those of these labels in any order: their means are not the labels' frequencies."""
    off = np.abs(task.left[pi].mean(axis=0) - task.right[yi].mean(axis=0))
    far = 0.5 * float(off.sum()) if task.name == "multiclass" else float(off.max())
    return far > OTHER + 3.0 / float(np.sqrt(len(pi)))


def _claims(task: Task, pi: Array, yi: Array, now: Association) -> bool:
    """Whether predictions that were as good as they claim would show it here: they vary enough, and labels do."""
    truth = task.right[yi]
    if task.name != "regression":
        counts = truth.sum(axis=0)
        rarer = np.minimum(counts, len(truth) - counts)
        if (len(truth) - counts.max() if task.name == "multiclass" else rarer.max()) < RARE:
            return False
        mean = task.left[pi].mean(axis=0)
        varied, chance = task.left[pi].var(axis=0), mean * (1 - mean)
        claimed, spread = varied.sum(), np.sqrt((varied * np.maximum(truth.var(axis=0), chance)).sum() / len(truth))
        return bool(claimed >= CLAIMED * max(float(spread), 1e-300) and now.size < claimed / 4)
    guess, real = (_flat(held.values, at).std(axis=0) for held, at in ((task.pred, pi), (task.label, yi)))
    share = float(np.minimum(1.0, guess / np.maximum(real, 1e-300)).mean())
    claimed = share * float((task.left[pi].std(axis=0) * truth.std(axis=0)).sum())
    # neighbours that are alike (a series) leave fewer independent rows
    apart = spread_in_order(task, pi, yi)
    return len(truth) >= 2 * FEWEST and claimed >= CLAIMED * apart and now.size < claimed / 4


def _sorted(task: Task, yi: Array) -> bool:
    values = task.label.values[yi]
    return values.ndim == 1 and len(np.unique(values)) > 1 and bool((np.diff(values.astype(np.float64)) >= 0).all())


def _sorted_preds(task: Task, pi: Array) -> bool:
    best = task.left[pi].argmax(axis=1) if task.left.shape[1] > 1 else task.left[pi, 0]
    return bool((np.diff(best.astype(np.float64)) >= 0).mean() > 0.98)
