"""Which public loss a name in a call is: torch.nn.CrossEntropyLoss of nn.CrossEntropyLoss."""

from __future__ import annotations

from functools import cache

from ..did_you_mean import nearest
from ..errors import UsageProblem
from ..safe_text import shown
from .keras_calls import KERAS, TENSORFLOW
from .other_calls import OPTAX, PML, SKLEARN
from .segmentation_calls import MONAI, SMP
from .signatures import Signature
from .torch_calls import TORCH, TORCHMETRICS, TORCHVISION

SIGNATURES = (*TORCH, *KERAS, *TENSORFLOW, *SKLEARN, *OPTAX, *PML, *TORCHVISION, *TORCHMETRICS, *MONAI, *SMP)
# How modules are imported in common use; a name of the table may be written after any of these.
MODULES: dict[str, tuple[str, ...]] = {
    "torch.nn.functional": ("F", "nn.functional", "functional", "torch.functional", "tnf"),
    "torch.nn": ("nn", "torch.nn.modules.loss", "torch.nn.modules", "th.nn"),
    "torchvision.ops": ("ops", "torchvision.ops.focal_loss", "tv.ops"),
    "torchmetrics.functional": (
        "torchmetrics.functional.regression",
        "tm.functional",
        "torchmetrics.functional.pairwise",
    ),
    "torchmetrics.functional.classification": ("torchmetrics.functional", "tm.functional.classification"),
    "torchmetrics.functional.regression": ("torchmetrics.functional", "tm.functional.regression"),
    "torchmetrics.functional.image": ("torchmetrics.functional", "tm.functional.image"),
    "torchmetrics.functional.text": ("torchmetrics.functional", "torchmetrics.functional.text.perplexity"),
    "keras.losses": ("tf.keras.losses", "tensorflow.keras.losses", "tf.losses", "losses", "keras.metrics", "K.losses"),
    "keras.metrics": ("tf.keras.metrics", "tensorflow.keras.metrics", "metrics"),
    "tf.compat.v1.losses": ("tf1.losses", "tf.losses", "tensorflow.compat.v1.losses", "compat.v1.losses", "losses"),
    "tf.nn": ("tensorflow.nn", "tf.compat.v1.nn", "tf1.nn"),
    "tf.compat.v1.nn": ("tf1.nn", "tensorflow.compat.v1.nn"),
    "sklearn.metrics": ("metrics", "skm", "sk.metrics", "sklearn"),
    "monai.losses": ("losses", "monai.losses.dice", "monai.losses.tversky", "mlosses"),
    "smp.losses": ("losses", "segmentation_models_pytorch.losses"),
    "optax": ("optax.losses",),
    "optax.losses": ("optax",),
}


@cache
def _by_last_name() -> dict[str, list[Signature]]:
    signatures: dict[str, list[Signature]] = {}
    for each in SIGNATURES:
        signatures.setdefault(each.name.rpartition(".")[2], []).append(each)
    return signatures


def signatures_of(name: str) -> tuple[Signature, ...]:
    """The signatures of a name as it is written, which are several where an argument decides which loss it is."""
    module, _, last = name.rpartition(".")
    known = _by_last_name().get(last, [])
    fitting = [each for each in known if not module or _is_module(module, each.name.rpartition(".")[0])]
    frameworks = dict.fromkeys(each.like for each in fitting)
    if len(frameworks) == 1:
        return tuple(fitting)
    if frameworks:
        choices = " or ".join(dict.fromkeys(each.name for each in fitting))
        raise _problem(f"{shown(name)} is a loss of several frameworks.", f"Write {choices}.")
    if known:
        raise _problem(f"{shown(name)} is not known here.", f"Is it {known[0].name}?")
    likeness = nearest(last, _by_last_name())
    hint = likeness or "The calls that are known stand in losscli show LOSS, under the frameworks' names."
    raise _problem(f"{shown(name)} is no loss of a framework that is known here.", hint)


def _is_module(written: str, module: str) -> bool:
    return written == module or written in MODULES.get(module, ())


def _problem(text: str, hint: str) -> UsageProblem:
    return UsageProblem(f"--like: {text}", hint, kind="bad_call", options=("like",))
