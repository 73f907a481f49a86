"""Arrow files and streams, and Feather (version 2, which is the same), read by `pyarrow.ipc`: the columns asked for.

A record batch may have any number of rows, often all of them. A file is mapped, so that of one that is not compressed
only the rows being decoded are held; of one that is, the columns asked for of one record batch. What is decoded is
copied out of the mapped file: no value may change, and no reader may fall, when somebody else writes to it.
"""

from __future__ import annotations

import itertools
import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import numpy as np

from ....core.arrays.inputs import Ragged
from ...blocks import Chunk, Part
from ...datasets.file_stamp import check_stamp, stamp_of
from ...remote.remote_file import RemoteFile
from ..arrow_lists import list_values
from ..arrow_to_numpy import ColumnType
from ..columnar import BATCH_BYTES, Columnar, ColumnarRole
from ..struct_columns import ColumnPaths
from .arrow_guard import checked, file_messages, in_step, stream_messages

_MAGIC = b"ARROW1"  # of a file; a stream has none
_BODY = 8  # the byte where a file goes on as a stream does
_SHORTEST = 26  # bytes of a file: magic, a footer, its length, magic
_STREAM, _END = b"\xff\xff\xff\xff", b"\xff\xff\xff\xff\0\0\0\0"  # how a stream starts and ends since Arrow 0.15
_MOST_ROWS = 1 << 48  # beyond this a row count is a lie
_MOST_TOUCHED = 1 << 26  # bytes of a mapped file that stay in memory
_MOST_VALUES = 1 << 26  # of lists, decoded at once; those of nulls take no bytes in a file


class ArrowTable(Columnar):
    """An Arrow file or stream: by its path, as a binary file, or in an object store."""

    format = "arrow"
    _called = "Arrow"

    def __init__(self, source: Any, *, name: str | None = None, format_: str = "arrow") -> None:
        self.path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        super().__init__(name or self.path or "standard input")
        self.format = format_
        self.notes: list[str] = []
        self._source = source
        with self._reading():
            self._stamp = stamp_of(self.path) if self.path is not None else None
            with self._open() as (file, _):
                self._is_file = file.read_at(len(_MAGIC), 0) == _MAGIC
                if self._is_file and not _ends(file):
                    raise ValueError("it is cut short: its end is missing")
                self._schema = self._reader(file).schema
                self._paths = ColumnPaths(self._schema)
                self.columns = self._paths.names
                self.rows = self._counted(file)
        self._refuse_twins()

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, mmap.mmap | None]]:
        """The file from its start, with a position of its own, and the memory that it is mapped to."""
        import pyarrow as pa

        if isinstance(self._source, RemoteFile):
            with pa.PythonFile(self._source.stream(), "r") as file:
                yield file, None
            return
        if hasattr(self._source, "getbuffer"):
            yield pa.BufferReader(self._source.getbuffer()), None
            return
        with open(self.path, "rb") if self.path is not None else nullcontext(self._source) as on_disk:
            if not os.fstat(on_disk.fileno()).st_size:
                raise ValueError("it is empty")
            mapped = mmap.mmap(on_disk.fileno(), 0, access=mmap.ACCESS_READ)
        yield pa.BufferReader(pa.py_buffer(mapped)), mapped  # arrays hold on to it, the last of them lets it go

    def _reader(self, file: Any, columns: list[int] | None = None, *, stream: bool = False) -> Any:
        from pyarrow import ipc

        options = ipc.IpcReadOptions(use_threads=False, included_fields=columns)
        file.seek(_BODY if stream and self._is_file else 0)
        return (
            ipc.open_file(file, options=options)
            if self._is_file and not stream
            else ipc.open_stream(file, options=options)
        )

    def _record_batches(self, file: Any, columns: list[int]) -> Iterator[Any]:
        """The record batches, each with these columns alone.

        Between its magic and its footer a file is a stream. It is read as one where its bytes are in memory: the
        reader of files copies them, that of streams does not. From an object store it takes only what is needed.
        """
        checks = self._checks(file, columns)
        if not self._is_file:
            yield from in_step(checks, self._reader(file, columns))
            return
        reader = self._reader(file, columns)
        batches: Iterator[Any] = map(reader.get_batch, range(reader.num_record_batches))
        if not isinstance(self._source, RemoteFile):
            batches = itertools.islice(self._reader(file, columns, stream=True), reader.num_record_batches)
        count = 0
        for batch in in_step(checks, batches):
            count += 1
            yield batch
        if count < reader.num_record_batches:
            raise ValueError("its footer and its messages disagree")

    def _checks(self, file: Any, columns: list[int]) -> Iterator[None]:
        """Checks what the record batches say that they unpack to, one after the other."""
        remote = isinstance(self._source, RemoteFile)
        read_at = self._source.read_at if remote else file.read_at
        if remote and self._is_file:
            messages = file_messages(read_at, self._source.size())
        else:
            messages = stream_messages(read_at, _BODY if self._is_file else 0)
        return checked(messages, read_at, self._schema, frozenset(columns))

    def _counted(self, file: Any) -> int:
        """The number of rows, and whether a stream ends where the file does: its narrowest column is read."""
        if self._is_file and hasattr(reader := self._reader(file), "count_rows"):  # pyarrow 17 has not
            rows = int(reader.count_rows())
        else:
            widths = [_width(kind) for kind in self._schema.types]
            narrowest = [widths.index(min(widths))] if widths else []
            rows = sum(batch.num_rows for batch in self._record_batches(file, narrowest))
        if not 0 <= rows < _MOST_ROWS:
            raise ValueError(f"it says that it has {rows} rows")
        if not self._is_file:
            end, size = file.tell(), file.size()
            if end < size:
                raise ValueError(f"it goes on after its end at byte {end}")
            if file.read_at(len(_STREAM), 0) == _STREAM and file.read_at(len(_END), size - len(_END)) != _END:
                self.notes.append(f"{self.name} does not say where it ends: is it cut short?")
        return rows

    def _mean_length(self, name: str, kind: ColumnType) -> float:
        """Known only as the record batches are read, each of which is cut into runs by its own lists."""
        return 0.0

    def _batches(self, names: tuple[str, ...], texts: tuple[str, ...], rows: int) -> Iterator[list[Any]]:
        """The arrays of the columns, run by run; a run ends with its record batch."""
        columns = list({self._schema.get_field_index(self._paths.top_of(name)): None for name in names})
        touched = 0
        with ExitStack() as opened:
            with self._reading():
                file, mapped = opened.enter_context(self._open())
                batches = self._record_batches(file, columns)
            while True:
                with self._reading():
                    batch = next(batches, None)
                    if batch is None:
                        return
                    batch.validate(full=True)
                    whole = [self._paths.array(batch, name) for name in names]
                    step = _run_rows(whole, rows)
                for start in range(0, batch.num_rows, step):
                    self._check_unchanged()
                    with self._reading():
                        runs = [array.slice(start, step) for array in whole]
                        arrays = [_plain(run, name in texts) for name, run in zip(names, runs, strict=True)]
                        touched += sum(run.nbytes for run in runs)
                    yield arrays
                    if mapped is not None and touched > _MOST_TOUCHED and hasattr(mapped, "madvise"):
                        mapped.madvise(mmap.MADV_DONTNEED)  # what was decoded is not held any longer
                        touched = 0

    def _chunks(self, roles: Mapping[str, ColumnarRole]) -> Iterator[Chunk]:
        for chunk in super()._chunks(roles):
            if self.path is not None:
                chunk = Chunk(chunk.rows, {role: _copied(part) for role, part in chunk.parts.items()}, chunk.missing)
                self._check_unchanged()
            yield chunk

    def _check_unchanged(self) -> None:
        if self.path is not None and self._stamp is not None:
            check_stamp(self.path, self._stamp, self.name)

    def close(self) -> None:
        """Let go of a file that was handed over; of a path nothing is held open between reads."""
        if self.path is None:
            self._source.close()


def _ends(file: Any) -> bool:
    """Whether an Arrow file ends as one."""
    size: int = file.size()
    return size >= _SHORTEST and bool(file.read_at(len(_MAGIC), size - len(_MAGIC)) == _MAGIC)


def _width(kind: Any) -> int:
    """About how many bits a value has; one of nulls has none, and so says nothing of the file."""
    if str(kind) == "null":
        return 1 << 20
    try:
        bits: int = kind.bit_width
        return bits
    except ValueError:
        return 1 << 10


def _run_rows(columns: list[Any], rows: int) -> int:
    """How many rows of a record batch to decode at a time, so that long lists do not take all memory."""
    values, held = sum(map(list_values, columns)), len(columns[0]) if columns else 0
    return max(1, min(rows, BATCH_BYTES * held // (8 * max(1, values))))


def _plain(array: Any, coded: bool) -> Any:
    """A column as the decoders take it: texts one after the other, or as a dictionary if they are `coded`."""
    if hasattr(array.type, "storage_type"):
        array = array.storage
    if str(array.type) in ("string_view", "binary_view"):
        array = array.cast("large_string" if str(array.type) == "string_view" else "large_binary")
    if (values := list_values(array)) > _MOST_VALUES:
        raise ValueError(f"it needs {values} values at once")
    return array.dictionary_encode() if coded and not str(array.type).startswith("dictionary<") else array


def _copied(part: Part) -> Part:
    if isinstance(part, Ragged):
        return Ragged(np.array(part.values), np.array(part.offsets))
    return tuple(map(np.array, part)) if isinstance(part, tuple) else np.array(part)
