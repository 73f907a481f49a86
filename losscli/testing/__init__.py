"""For packages that declare losses: `check_loss` holds a loss to the laws that losscli's own losses pass."""

from .check import check_loss

__all__ = ["check_loss"]
