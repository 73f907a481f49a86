"""The version of losscli, where everything that writes it down may import it."""

from __future__ import annotations

__version__ = "0.1.0"
