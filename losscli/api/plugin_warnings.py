"""What is wrong with losses of other packages, as warnings of Python."""

from __future__ import annotations

from ..core.registry import plugin_notes

_warned: set[str] = set()


def warn_of_plugins() -> None:
    """A warning for each plugin that is skipped or whose name is taken, once; nothing where none were looked for."""
    for note in plugin_notes():
        if note not in _warned:
            import warnings

            _warned.add(note)
            warnings.warn(f"losscli: {note}", RuntimeWarning, stacklevel=3)
