from typing import Annotated, Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import BadValue, UsageProblem
from ...core.loss import SHIFT_INVARIANT, Paper, call, loss
from ...core.scratch import Array
from .._stable import class_logs, shifted_powers
from ._alignments import Sequences, cells_like, in_logs, in_probs, remainder
from ._ctc_frameworks import FORMULA, PADDING, PER_LABEL, as_probs, check_formula, ended, with_errors, with_floor

AXES = "The classes are on the last axis of the predictions; --layout says which of the others holds the steps."
SMALL = 1 / 32  # below it -log P loses digits that 1 - P keeps


@loss(
    "ctc",
    aliases=("ctc_loss", "connectionist_temporal_classification"),
    family="sequences",
    pred=("logits", "logprobs"),
    label=("sequence",),
    pred_dims=(3,),
    block_elements=1 << 20,  # a step of time costs the same for one sequence as for many
    single=False,
    formula="-log sum over alignments a of the label of prod_t p_t(a_t),  p_t = softmax(pred_t)",
    unit="nats",
    facts={SHIFT_INVARIANT},
    source=Paper(
        "Graves et al. 2006, Connectionist temporal classification, eq. 3 (alignments) and 5-8 (recursion)",
        "doi:10.1145/1143844.1143891",
    ),
    like={
        "tf1": tuple(
            call(
                f"tf.compat.v1.nn.ctc_loss(labels, logits, sequence_length{more})",
                input="logits",
                when={"infeasible": infeasible},
                weights=False,
                denominator="count",
                inputs="input",
                items="input",
                layout="tnc",
                blank=None,
                formula="tf1",
                note="labels are a SparseTensor; the mean is tf.reduce_mean",
            )
            for infeasible, more in (("inf", ""), ("zero", ", ignore_longer_outputs_than_inputs=True"))
        ),
        "keras": call(
            "keras.losses.CTC()(labels, logits)",
            input="logits",
            when={"infeasible": "inf"},
            layout="ntc",
            padding=0,
            formula="tf2",
            note="blank 0 is also the padding; all steps count",
        ),
        "torch": tuple(
            call(
                f"torch.nn.functional.ctc_loss(logprobs, labels, input_lengths, label_lengths{more})",
                input="logprobs",
                when={"infeasible": infeasible},
                weights=False,
                layout="tnc",
                per_label=True,
                note="its mean is of each row's loss over its label length",
            )
            for infeasible, more in (("inf", ""), ("zero", ", zero_infinity=True"))
        ),
        "optax": call(
            "optax.ctc_loss(logits, logit_paddings, labels, label_paddings)",
            input="logits",
            when={"infeasible": "inf"},
            layout="ntc",
            formula="optax",
            note="paddings in place of lengths",
        ),
    },
    elsewhere={
        "tf2": "tf.nn.ctc_loss (logits; tnc; blank 0 for dense labels; rows; impossible: --formula tf2)",
        "keras": "keras.ops.ctc_loss (as keras.losses.CTC, with lengths)",
    },
    errata="Some summaries show the signature of TensorFlow 1 alone, and no formula. That call wants logits, a "
    "SparseTensor of labels, and the blank as the last class; with dense labels TensorFlow 2 takes class 0.",
    example="ctc/logits.npy ctc/labels.npy --input-lengths ctc/input_lengths.npy --label-lengths ctc/label_lengths.npy",
)
def ctc(
    pred: Array,
    label: Array | Ragged,
    *,
    input: str,
    dtype: np.dtype[Any],
    reduction: str,
    blank: Annotated[
        int | None,
        Param("class number of the blank; none: the last class", Interval(0, inf, "left"), usual=(0, None, 1, 2)),
    ] = 0,
    layout: Annotated[
        str, Param("order of axes in the predictions: n rows, t steps, c classes", Choice("ntc", "tnc"))
    ] = "ntc",
    infeasible: Annotated[
        str,
        Param("what a label costs that no alignment gives (too few steps): inf or zero", Choice("inf", "zero")),
    ] = "inf",
    padding: Annotated[int, PADDING] = -1,
    per_label: Annotated[bool, PER_LABEL] = False,
    formula: Annotated[str, FORMULA] = "exact",
    input_lengths: Annotated[
        Array | None, Role("steps of each row; later ones are not looked at", "(n,)", whole_number=True)
    ] = None,
    label_lengths: Annotated[Array | None, Role("labels of each row", "(n,)", whole_number=True)] = None,
) -> Array:
    """Minus the log-probability of a label sequence, over all its alignments with the steps of the predictions.

    Use it for speech and handwriting, where it is not known when each label occurs. A row is not divided by its
    length, so long rows weigh more in the mean.
    Shapes: pred (n, t, c); label (n, l), or a list of class numbers a row. Without input_lengths all t steps count.
    Without label_lengths all l labels do, but for entries of -1 at the end of a row, which are padding.
    Domain: labels are classes other than the blank; anything else within a label's length is an error.
    Notes: an empty label is all blanks; equal neighbours need a blank between them; a label without an alignment
    costs inf, or 0 with --infeasible zero. NaN in a step that counts makes its row NaN; later steps may hold
    anything. Log-probabilities are taken as they are: if a step's sum exceeds 1, the loss may be negative.
    """
    check_formula(formula, input, infeasible)
    blank = pred.shape[2] - 1 if blank is None else blank
    if not 0 <= blank < pred.shape[2]:
        raise UsageProblem(f"blank must be a class, 0 ... {pred.shape[2] - 1}, got {blank}.")
    steps = _lengths("input", input_lengths, np.full(len(pred), pred.shape[1]))
    classes, size = _labels(label, label_lengths, pred.shape[2], blank, padding)
    if formula == "tf1":
        pred = as_probs(pred, dtype)
    inside = np.arange(pred.shape[1]) < steps[:, None]
    frames = pred.reshape(-1, pred.shape[2]) if inside.all() else pred[inside]
    sequences = Sequences(frames, steps, classes, size, blank)
    with np.errstate(all="ignore"):  # exp underflows, log 0 is -inf, inf - inf is NaN: all meant
        losses = _rows(sequences, input)
    if formula == "tf1":
        losses = with_errors(losses, steps, size, infeasible)
    elif formula != "exact":
        width = len(classes) if isinstance(label, Ragged) else label.shape[1]
        losses = with_floor(losses, pred, classes, width, size, steps, blank, formula, dtype)
    elif infeasible == "zero":
        losses = np.where(np.isposinf(losses), 0.0, losses)
    return losses / np.maximum(size, 1) if per_label and reduction == "mean" else losses


def _rows(sequences: Sequences, kind: str) -> Array:
    if not len(sequences.steps):
        return np.zeros(0)
    cells, probs, mass = _probs(sequences.frames, kind)
    losses, sure = in_probs(sequences, cells, mass)
    small = sure & (np.abs(losses) < SMALL)
    possible = sequences.steps >= sequences.size + sequences.repeats().sum(axis=0)
    unsure = possible & ~sure
    if kind == "logprobs":
        unsure |= small
    elif small.any():
        part = sequences.only(small)
        losses[small] = -np.log1p(-remainder(part, probs[np.repeat(small, sequences.steps)])) + 0.0
    if unsure.any():
        part = sequences.only(unsure)
        losses[unsure] = in_logs(part, class_logs(part.frames, kind))
    losses[~possible] = np.inf
    losses[np.repeat(np.arange(len(losses)), sequences.steps)[np.isnan(mass)]] = np.nan
    return losses


def _probs(frames: Array, kind: str) -> tuple[Array, Array, Array]:
    """Probabilities, as cells and as frames, and what each frame sums to (NaN if one is).

    Logits need no shift where the sum of their exp is neither tiny nor huge; each frame decides that for itself.
    """
    cells, probs = cells_like(frames, "ctc probs", 0.0)
    np.exp(frames, out=probs)
    total = np.add.reduce(probs, axis=1)
    if kind == "logprobs":
        return cells, probs, total
    odd = ~((total > 2.0**-30) & (total < 2.0**1000))
    if odd.any():
        _, probs[odd] = shifted_powers(frames[odd])
        total[odd] = np.add.reduce(probs[odd], axis=1)
    probs /= total[:, None]
    return cells, probs, np.where(np.isnan(total), np.nan, 1.0)


def _lengths(what: str, given: Array | None, most: Array) -> Array:
    """Lengths of rows as integers, each within 0 and its most; all of it where none are given."""
    if given is None:
        return most
    given, role = np.ravel(given), f"{what}_lengths"
    rough = ~(np.floor(given) == given)
    if rough.any():
        at = int(np.flatnonzero(rough)[0])
        raise BadValue(role, at, f"{what} length {given[at]:g} is not a whole number")
    bad = (given < 0) | (given > most)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        has, hint = ("steps", AXES) if what == "input" else ("labels", "")
        message = f"{what} length {given[at]:g} is outside 0 ... {most[at]}, the {has} of its row"
        raise BadValue(role, at, message, hint)
    return given.astype(np.int64)


def _labels(
    label: Array | Ragged, lengths: Array | None, classes: int, blank: int, padding: int
) -> tuple[Array, Array]:
    """Checked labels as columns, `classes` where a label has ended, and their lengths."""
    if isinstance(label, Ragged):
        wide, most = label.padded()
    else:
        wide, most = label, np.full(len(label), label.shape[1])
        if lengths is None:
            most = (np.arange(1, wide.shape[1] + 1) * (wide != -1)).max(axis=1, initial=0)
    if padding != -1:
        most = ended(wide, most, padding)
    size = _lengths("label", lengths, most)
    inside = np.arange(wide.shape[1]) < size[:, None]
    bad = inside & ((wide < 0) | (wide >= classes) | (wide == blank))
    if bad.any():
        at = np.argwhere(bad)[0]
        value = wide[tuple(at)]
        if value != blank:
            hint = "Labels count from 0." if value == classes else AXES if value > classes else ""
            raise BadValue("label", int(at[0]), f"label {value} is outside 0 ... {classes - 1}", hint)
        hint = "If it fills up a short row, give --label-lengths; if it is a class, say which is the --blank."
        raise BadValue("label", int(at[0]), f"label {value} is the blank", hint)
    columns = np.full((int(size.max(initial=0)), len(size)), classes)
    used = wide[:, : len(columns)].T
    np.copyto(columns, used, where=inside[:, : len(columns)].T, casting="unsafe")
    return columns, size


@ctc.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    blank: int,
    layout: str,
    infeasible: str,
    input_lengths: Any = None,
    label_lengths: Any = None,
) -> Any:
    states = [blank]
    for symbol in label:
        states += [symbol, blank]
    alpha = [1] + [0] * (len(states) - 1)  # before the first step, as if a blank had been
    for row in pred:
        p = [m.exp(log_p) for log_p in m.class_logs(row, input)]
        alpha = [
            p[symbol]
            * m.sum(
                [
                    alpha[s],
                    alpha[s - 1] if s > 0 else 0,
                    alpha[s - 2] if s > 1 and symbol not in (blank, states[s - 2]) else 0,
                ]
            )
            for s, symbol in enumerate(states)
        ]
    total = m.sum(alpha[-2:])
    if total == 0:
        return 0 if infeasible == "zero" else m.inf
    return -m.log(total)


_EVEN = [[[0.0, 0.0]] * 3]
ctc.case(pred=[[[0.0, 0.0]] * 2], label=[[1]], expect="2 * ln 2 - ln 3")
ctc.case(pred=_EVEN, label=[[1, 1]], expect="3 * ln 2")
ctc.case(pred=_EVEN, label=[[0, 0]], blank=1, expect="3 * ln 2")
ctc.case(pred=_EVEN, label=[[1, -1]], expect="2 * ln 2 - ln 3")
ctc.case(pred=_EVEN, label=[[-1]], expect="3 * ln 2")
ctc.case(pred=_EVEN, label=[[1, 1]], input_lengths=[2], expect="inf")
ctc.case(pred=_EVEN, label=[[1, 1]], input_lengths=[2], infeasible="zero", expect=0.0)
ctc.case(pred=_EVEN, label=[[1, 1]], label_lengths=[1], input_lengths=[2], expect="2 * ln 2 - ln 3")
_HALVES = [[[-0.6931471805599453, -1.3862943611198906, -inf]] * 2]  # 1/2, 1/4, 0: taken as they are
ctc.case(pred=_HALVES, label=[[1]], input="logprobs", expect="4 * ln 2 - ln 5")
