"""What was inspected, and what was said of it."""

from __future__ import annotations

from typing import Any


def ids(found: Any) -> set[str]:
    return {alarm.id for alarm in found.alarms}
