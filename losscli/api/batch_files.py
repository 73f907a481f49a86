"""The files that a data set of a batch is read from."""

from __future__ import annotations

import os

from ..sources.datasets.file_listing import members_at
from ..sources.file_spec import parse
from .batch import BatchJob


def files_of(job: BatchJob) -> list[str]:
    """The files that a job names, those of folders and globs among them, to be no output."""
    request = job.request
    texts = [
        *request.files.values(),
        *(value for requested in request.losses for value in requested.spec.arguments.values()),
    ]
    paths = [path for text in texts if isinstance(text, str) and text and (path := parse(text).path)]
    several = [path for path in paths if os.path.isdir(path) or (set("*?[") & set(path) and not os.path.exists(path))]
    return [*paths, *(member.path for path in several for member in members_at(path))]
