"""Names from files, made safe to print; reports do the same, so the rule itself is the core's."""

from __future__ import annotations

from ..core.safe_text import shown

__all__ = ["shown"]
