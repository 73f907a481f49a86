from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param, Role
from ...core.loss import Blocks, Paper, call, loss
from ...core.scratch import Array
from ._class_masks import Activation, Background, ClassMasks, IgnoreIndex, masks_of
from ._lovasz import SORTED, SortedPixels, formula, hard, of_images, of_shares, refuse_flat
from ._overlap import MASKS
from ._tversky import POOL

_SMP: dict[str, Any] = {"form": "index", "activation": "softmax"}


@loss(
    "lovasz_softmax",
    aliases=("lovasz_softmax_loss",),
    family="segmentation",
    formula="mean over classes of sum_i e_i (J_i - J_(i-1)),  e = |y - p| sorted from the largest, J_i the Jaccard "
    "loss where the first i pixels are wrong",
    source=Paper("Berman et al. 2018, The Lovasz-softmax loss, eqs. 8 to 11", "arXiv:1705.08790"),
    like={
        "smp": (
            call("smp.losses.LovaszLoss('multiclass')(logits, labels)", input="logits", when={"pool": "batch"}, **_SMP),
            call(
                "smp.losses.LovaszLoss('multiclass', per_image=True)(logits, labels)",
                input="logits",
                when={"pool": "image"},
                **_SMP,
            ),
        )
    },
    errata="The mean over images is not the value over all pixels. Classes that are not there are left out, in their "
    "authors' code as here; with --of-classes all a class that is nowhere costs its largest probability.",
    **MASKS | {"flat_is_one_row": False},
)
def lovasz_softmax(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    counted: Array | None,
    classes: tuple[int, ...] | None,
    pool: Annotated[str, POOL] = "image",
    of_classes: Annotated[
        str, Param("present: the classes that the labels of the image (or batch) have; all", Choice("present", "all"))
    ] = "present",
    activation: Activation = "auto",
    background: Background = True,
    ignore_index: IgnoreIndex = None,
    levels: Annotated[Array | None, Role("the errors that occur, by class", "(k,)", rows=False, internal=True)] = None,
    shares: Annotated[Array | None, Role("what a pixel with each adds", "(k,)", rows=False, internal=True)] = None,
    ends: Annotated[Array | None, Role("where each class ends, and whether", "(c,)", rows=False, internal=True)] = None,
) -> Array:
    """Errors of probabilities, weighted so that their sum follows the Jaccard loss (IoU) of each class.

    Use it where results are reported as mean IoU over classes.
    Shapes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --class-axis;
    the first axis counts images. Images without classes, pred and label (n, ...), have one mask. With --pool batch the
    data are read twice, and the errors of all pixels and classes are held in memory, since they are sorted together.
    Notes: an image whose labels have none of the classes costs 0. Labels are 0 and 1, or class numbers.
    """
    refuse_flat(pred, pool)
    masks = _masks(pred, label, counted, classes, background, input, form, activation, ignore_index)
    total, present = np.zeros(len(pred)), np.zeros(len(pred))
    begin = 0
    for i, (errors, y) in enumerate(_errors(masks)):
        if pool == "image":
            there = (y > 0).any(axis=1) if of_classes == "present" else np.ones(len(y), dtype=bool)
            total += np.where(there, of_images(errors, y), 0.0)
            present += there
        else:
            assert levels is not None
            assert shares is not None
            assert ends is not None
            end = int(ends[0, i])
            total += of_shares(errors, levels[begin:end], shares[begin:end]) * ends[1, i]
            begin = end
    if pool == "batch":
        return total
    return np.asarray(np.divide(total, present, out=np.zeros(len(pred)), where=present != 0))


def _masks(
    pred: Array,
    label: Array,
    counted: Array | None,
    classes: tuple[int, ...] | None,
    background: bool,
    input: str,
    form: str,
    activation: str,
    ignore_index: int | None,
) -> ClassMasks:
    return masks_of(
        pred, label if form == "index" else hard(label), classes, background,
        counted=counted, input=input, form=form, activation=activation, ignore_index=ignore_index,
    )  # fmt: skip


def _errors(masks: ClassMasks) -> list[tuple[Array, Array]]:
    """For each class |y - p| and y of the pixels, both (n, pixels); 0 where they do not count."""
    whole = [(np.where(y > 0, q, p), y) for p, q, y in masks.pieces()]
    errors, y = (np.concatenate(parts, axis=2) for parts in zip(*whole, strict=True))
    return [(errors[:, i].astype(np.float64), y[:, i]) for i in range(errors.shape[1])]


@lovasz_softmax.prepare(when=lambda given: given["pool"] == "batch", dependence=SORTED)
def _(
    blocks: Blocks,
    *,
    input: str,
    form: str,
    classes: tuple[int, ...] | None,
    of_classes: str,
    activation: str,
    background: bool,
    ignore_index: int | None,
    **rest: Any,
) -> dict[str, Array]:
    """The errors of all pixels of each class, sorted, and the share of each class in the mean."""
    pixels: list[SortedPixels] = []
    for block in blocks:
        counted = block.get("counted")
        masks = _masks(
            block["pred"], block["label"], counted, classes, background, input, form, activation, ignore_index
        )
        pixels = pixels or [SortedPixels() for _ in masks.chosen]
        for own, (errors, y) in zip(pixels, _errors(masks), strict=True):
            own.add(errors, y, block.get("weight"))
    there = np.array([each.objects > 0 or of_classes == "all" for each in pixels], dtype=np.float64)
    each = [own.shares() for own in pixels]
    ends = np.cumsum([len(levels) for levels, _ in each])
    return {
        "levels": np.concatenate([levels for levels, _ in each] or [np.zeros(0)]),
        "shares": np.concatenate([shares for _, shares in each] or [np.zeros(0)]),
        "ends": np.array([ends, there / max(1.0, there.sum())]),
    }


@lovasz_softmax.finish(when=lambda params: params["pool"] == "batch")
def _(sums: Sequence[float], **rest: Any) -> float:
    return sums[0]


@lovasz_softmax.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, pool: str, of_classes: str, background: bool) -> Any:
    if pool == "batch" or not background or form != "binary" or any(y not in (0, 1) for y in label):
        return NotImplemented
    if of_classes == "present" and not any(label):
        return m.number(0)
    logs = [m.binary_logs(x, input) for x in pred]
    return formula(m, [m.exp(miss if y else hit) for y, (hit, miss) in zip(label, logs, strict=True)], label)


_P = [[[0.75, 0.5, 0.25], [0.25, 0.5, 0.75]]]  # two classes, three pixels
# of labels 0, 1, 1: errors of class 0 are 0.25, 0.5, 0.25 and of class 1 the same; J0 = 1/2, 1, 1 and J1 = 1/2, 2/3, 1
lovasz_softmax.case(pred=_P, label=[[0, 1, 1]], class_axis=1, expect="(0.5 / 2 + 0.25 / 2 + 0.5 / 2 + 0.25 / 2) / 2")
lovasz_softmax.case(pred=_P, label=[[0, 0, 0]], class_axis=1, expect="(0.75 + 0.5 + 0.25) / 3")
lovasz_softmax.case(
    pred=_P, label=[[0, 0, 0]], class_axis=1, of_classes="all", expect="((0.75 + 0.5 + 0.25) / 3 + 0.75) / 2"
)
lovasz_softmax.case(
    pred=_P, label=[[0, 1, 1]], class_axis=1, pool="batch", expect="(0.5 / 2 + 0.25 / 2 + 0.5 / 2 + 0.25 / 2) / 2"
)
