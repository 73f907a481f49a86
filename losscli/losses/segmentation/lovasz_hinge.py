from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.loss import NONNEGATIVE, Blocks, Paper, call, loss
from ...core.scratch import Array
from ._lovasz import SORTED, SortedPixels, formula, hard, of_images, of_shares, refuse_flat
from ._tversky import POOL


@loss(
    "lovasz_hinge",
    aliases=("lovasz_hinge_loss",),
    family="segmentation",
    pred=("logits",),
    label=("binary",),
    blank_is_nothing=True,
    formula="sum_i max(0, e_i) (J_i - J_(i-1)),  e = 1 - (2 y - 1) x sorted from the largest, J_i the Jaccard loss "
    "where the first i pixels are wrong",
    facts={NONNEGATIVE},
    source=Paper("Berman et al. 2018, The Lovasz-softmax loss, section 3", "arXiv:1705.08790"),
    like={
        "smp": (
            call("smp.losses.LovaszLoss('binary')(logits, labels)", when={"pool": "batch"}),
            call("smp.losses.LovaszLoss('binary', per_image=True)(logits, labels)", when={"pool": "image"}),
        )
    },
    errata="The mean over images is not the value over all pixels, which many take for it. It is convex in the logits, "
    "and not bounded by 1.",
    example="cancer/logits.npy cancer/labels.npy --pool batch",
)
def lovasz_hinge(
    pred: Array,
    label: Array,
    *,
    pool: Annotated[str, POOL] = "image",
    levels: Annotated[Array | None, Role("the errors that occur", "(k,)", rows=False, internal=True)] = None,
    shares: Annotated[Array | None, Role("what a pixel with each adds", "(k,)", rows=False, internal=True)] = None,
) -> Array:
    """Hinge errors of pixels, weighted so that their sum follows the Jaccard loss (IoU).

    Use it to train or to judge for IoU with hard masks; jaccard is that of probabilities.
    Shapes: pred and label (n, ...), the first axis counts images. With --pool batch the data are read twice, and the
    errors of all pixels are held in memory, since they are sorted together.
    Notes: where no pixel is an object the largest error counts alone. Labels are 0 and 1, not between.
    """
    refuse_flat(pred, pool)
    errors = _errors(pred, hard(label))
    if pool == "image":
        return of_images(errors, label.reshape(len(label), -1))
    assert levels is not None
    assert shares is not None
    return of_shares(errors, levels, shares)


def _errors(pred: Array, label: Array) -> Array:
    """1 - (2 y - 1) x of each row's pixels."""
    flat = pred.reshape(len(pred), -1).astype(np.float64)
    return np.asarray(1.0 - np.where(label.reshape(flat.shape) > 0, flat, -flat))


@lovasz_hinge.prepare(when=lambda given: given["pool"] == "batch", dependence=SORTED)
def _(blocks: Blocks, *, pool: str) -> dict[str, Array]:
    """The errors of all pixels, sorted."""
    pixels = SortedPixels()
    for block in blocks:
        label = hard(block["label"])
        errors = _errors(block["pred"], label)
        pixels.add(errors, label.reshape(errors.shape), block.get("weight"))
    levels, shares = pixels.shares()
    return {"levels": levels, "shares": shares}


@lovasz_hinge.finish(when=lambda params: params["pool"] == "batch")
def _(sums: Sequence[float], **rest: Any) -> float:
    return sums[0]


@lovasz_hinge.formula
def _(m: Any, pred: Any, label: Any, *, pool: str) -> Any:
    if pool == "batch" or any(y not in (0, 1) for y in label):
        return NotImplemented
    return formula(m, [1 - (x if y else -x) for x, y in zip(pred, label, strict=True)], label)


# errors 1.5, 1, 0.5, of which the second is an object's: J = 1 / 2, 1, 1
lovasz_hinge.case(pred=[[0.5, 0.0, -0.5]], label=[[0, 1, 0]], expect="1.5 / 2 + 1 / 2")
lovasz_hinge.case(pred=[[0.5, 0.0, -0.5]], label=[[0, 0, 0]], expect="1.5")
lovasz_hinge.case(pred=[[0.5], [0.0], [-0.5]], label=[[0], [1], [0]], pool="batch", expect="1.5 / 2 + 1 / 2")
lovasz_hinge.case(pred=[0.5, 0.0, -0.5], label=[0, 1, 0], pool="batch", expect="1.5 / 2 + 1 / 2")
