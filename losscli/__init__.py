"""losscli: what is the loss? The number, from files, without a framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .core.version import __version__

if TYPE_CHECKING:
    from .api.compare import compare
    from .api.compute import available, compute, loss
    from .api.inspect import inspect
    from .api.parts import parts
    from .api.python.batch import batch
    from .api.python.documents import gate, merge, verify
    from .api.python.evaluate import evaluate
    from .api.reconcile import reconcile
    from .api.slices import slices
    from .api.sweep import sweep
    from .api.why import why
    from .core.errors import DataProblem, LossCliError, UsageProblem
    from .report.comparison import Comparison
    from .report.decomposition import Decomposition
    from .report.model import Report, Result
    from .report.slices import SliceReport
    from .report.sweep import SweepReport

__all__ = [
    "Comparison",
    "DataProblem",
    "Decomposition",
    "LossCliError",
    "Report",
    "Result",
    "SliceReport",
    "SweepReport",
    "UsageProblem",
    "__version__",
    "available",
    "batch",
    "compare",
    "compute",
    "evaluate",
    "gate",
    "inspect",
    "loss",
    "merge",
    "parts",
    "reconcile",
    "slices",
    "sweep",
    "verify",
    "why",
]

_HOMES = {
    "compare": "api.compare",
    "available": "api.compute",
    "batch": "api.python.batch",
    "compute": "api.compute",
    "evaluate": "api.python.evaluate",
    "gate": "api.python.documents",
    "inspect": "api.inspect",
    "loss": "api.compute",
    "merge": "api.python.documents",
    "parts": "api.parts",
    "reconcile": "api.reconcile",
    "slices": "api.slices",
    "sweep": "api.sweep",
    "verify": "api.python.documents",
    "why": "api.why",
    "DataProblem": "core.errors",
    "LossCliError": "core.errors",
    "UsageProblem": "core.errors",
    "Comparison": "report.comparison",
    "Decomposition": "report.decomposition",
    "Report": "report.model",
    "Result": "report.model",
    "SliceReport": "report.slices",
    "SweepReport": "report.sweep",
}


def __getattr__(name: str) -> Any:
    """Names are imported when they are first used, so that `import losscli` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'losscli' has no attribute {name!r}{_instead(name)}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def _instead(name: str) -> str:
    """How the loss of this name is computed, as the end of a sentence; empty where there is none."""
    if name.startswith("_"):  # which tools ask for
        return ""
    from importlib import import_module

    listed = import_module(f"{__name__}.losses.index").LOSSES
    is_loss = any(name in (own, *entry[2]) for own, entry in listed.items())
    return f"; losscli.compute({name!r}, predictions, labels) computes this loss" if is_loss else ""


def __dir__() -> list[str]:
    return sorted(__all__)
