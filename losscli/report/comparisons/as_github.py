"""GitHub's job summary of a comparison: the page of --format markdown, or a shorter one where that has no room."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..pages import comparison_page
from ..renderers import as_github
from .checks import as_checks


def render(report: ComparisonReport, *, room: int = as_github.ROOM) -> str:
    text = comparison_page.render(report)
    return text if len(text.encode("utf-8", "replace")) <= room else as_github.render(as_checks(report), room=room)
