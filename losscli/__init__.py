"""losscli: what is the loss? The number, from files, without a framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .core.errors import DataProblem, GateFailed, LossCliError, UsageProblem
    from .questions.comparing import compare
    from .questions.computing import compute, loss, losses
    from .questions.inspecting import inspect
    from .questions.reconciling import reconcile
    from .report.comparison import Comparison
    from .report.model import Report, Result

__all__ = [
    "Comparison",
    "DataProblem",
    "GateFailed",
    "LossCliError",
    "Report",
    "Result",
    "UsageProblem",
    "__version__",
    "compare",
    "compute",
    "inspect",
    "loss",
    "losses",
    "reconcile",
]

_HOMES = {
    "compare": "questions.comparing",
    "compute": "questions.computing",
    "inspect": "questions.inspecting",
    "loss": "questions.computing",
    "losses": "questions.computing",
    "reconcile": "questions.reconciling",
    "DataProblem": "core.errors",
    "GateFailed": "core.errors",
    "LossCliError": "core.errors",
    "UsageProblem": "core.errors",
    "Comparison": "report.comparison",
    "Report": "report.model",
    "Result": "report.model",
}


def __getattr__(name: str) -> Any:
    """Names are imported when they are first used, so that `import losscli` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'losscli' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
