"""The formats that are read. To add one, write its file and name its `FileFormat` here."""

from __future__ import annotations

from .arrow import ARROW
from .csv import CSV
from .file_format import FileFormat
from .jsonl import JSONL
from .npy import NPY
from .npz import NPZ
from .parquet import PARQUET

FORMATS: tuple[FileFormat, ...] = (NPY, NPZ, PARQUET, ARROW, JSONL, CSV)
TEXT = CSV  # what a stream is whose first bytes are those of no format
