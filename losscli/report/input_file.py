"""A file that went into a result, as it stands in a report."""

from __future__ import annotations

from typing import Any

from ..core.record import record

MOST_FILES = 1000  # of a data set, whose names a report lists


@record
class Input:
    """One file that went into a result.

    Of a data set of several files `files` are their names in the order in which they were read, at most `MOST_FILES`
    of them, `file_count` how many there are, and `empty_files` how many of them have no rows. `content` is a digest of
    the columns alone, where the file holds those of other roles too.
    """

    role: str
    path: str | None
    format: str
    dtype: str
    shape: tuple[int | None, ...]
    sha256: str | None = None
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    file_count: int = 0
    empty_files: int = 0
    content: str | None = None

    def to_dict(self) -> dict[str, Any]:
        several = {"files": list(self.files), "file_count": self.file_count, "empty_files": self.empty_files}
        content = {} if self.content is None else {"content": self.content}
        return (several if self.files else {}) | {
            **content,
            "role": self.role,
            "path": self.path,
            "format": self.format,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "sha256": self.sha256,
            "columns": list(self.columns),
        }
