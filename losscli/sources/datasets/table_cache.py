"""Tables that several data sets share: a small file that is asked for again is read once and kept in memory."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ..open import ReadOptions, open_table
from ..table import Block, Field, Load, Pick, Table
from .file_listing import sha256_of

SMALL = 32 << 20  # bytes of a file that may be kept
ROOM = 256 << 20  # bytes of files that are kept at once
_REMEMBERED = 4096  # files whose names and hashes are remembered

Key = tuple[str, int, int, int]


class TableCache:
    """Opens tables for many data sets. From its second use on a small file is kept; the oldest make room for others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: OrderedDict[tuple[Key, ReadOptions], CachedTable] = OrderedDict()
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._hashes: OrderedDict[Key, str] = OrderedDict()

    def open(self, path: str, text: ReadOptions) -> Table:
        """The table at a path, as `open_table` gives it, or the one that is kept."""
        key = _key(path)
        if key is None or key[1] > SMALL:
            return open_table(path, text)
        with self._lock:
            cached = self._tables.get((key, text))
            if cached is None and key not in self._seen:
                _remember(self._seen, key, None)
            elif cached is None:
                cached = self._tables[key, text] = CachedTable(partial(open_table, path, text), key[1])
                self._make_room()
            if cached is not None:
                self._tables.move_to_end((key, text))
                return TableLease(cached)
        return open_table(path, text)

    def _make_room(self) -> None:
        while len(self._tables) > 1 and sum(cached.size for cached in self._tables.values()) > ROOM:
            self._tables.popitem(last=False)[1].retire()

    def sha256(self, path: str) -> str | None:
        """The hash of a file, computed once; None where it cannot be read."""
        key = _key(path)
        if key is not None and key in self._hashes:
            return self._hashes[key]
        try:
            digest = sha256_of(path)
        except OSError:
            return None
        if key is not None:
            with self._lock:
                _remember(self._hashes, key, digest)
        return digest

    def close(self) -> None:
        """Let go of all files."""
        while self._tables:
            self._tables.popitem()[1].retire()


def _remember(memory: OrderedDict[Key, Any], key: Key, value: Any) -> None:
    memory[key] = value
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _key(path: str) -> Key | None:
    """What tells a regular file and its content; None for all else."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not os.path.isfile(path):
        return None
    return os.path.abspath(path), status.st_size, status.st_mtime_ns, status.st_ino


class TableLease:
    """A kept table as one user has it: its name, path, format, rows, columns and notes are the table's own."""

    repeatable = True

    def __init__(self, cached: CachedTable) -> None:
        self.cached = cached
        self._closed = False
        cached.users += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cached.table, name)

    def describe(self, pick: Pick) -> Field:
        """Shape and dtype of a pick."""
        return self.cached.describe(pick)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """The blocks, from memory if they fit."""
        return self.cached.blocks(picks, size)

    def close(self) -> None:
        """One user less."""
        if not self._closed:
            self._closed = True
            self.cached.release()


class CachedTable:
    """A table whose blocks are read once and stay in memory. It is closed when it is retired and nobody uses it."""

    def __init__(self, opens: Callable[[], Table], size: int) -> None:
        self.size, self.users = size, 0
        self._opens = opens
        self.table = opens()
        self._retired = False
        self._lock = threading.Lock()
        # None: they take more memory than is kept
        self._blocks: dict[tuple[tuple[tuple[str, Pick], ...], int], list[Block] | None] = {}

    def describe(self, pick: Pick) -> Field:
        """Shape and dtype of a pick."""
        with self._lock:
            return self.table.describe(pick)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """The blocks, from memory; of a file whose few bytes hold much, from a reading of its own."""
        key = (tuple(picks.items()), size)
        with self._lock:
            if key not in self._blocks:
                self._blocks[key] = _copied_blocks(self.table.blocks(picks, size))
            blocks = self._blocks[key]
        if blocks is not None:
            yield from (partial(_unchanged, block) for block in blocks)
            return
        with closing(self._opens()) as table:
            yield from table.blocks(picks, size)

    def retire(self) -> None:
        """Close the table as soon as nobody uses it."""
        self._retired = True
        if self.users <= 0:
            self.table.close()

    def release(self) -> None:
        """One user less."""
        self.users -= 1
        if self._retired and self.users <= 0:
            self.table.close()


def _unchanged(block: Block) -> Block:
    return block


def _copied_blocks(loads: Iterator[Load]) -> list[Block] | None:
    """Copies of all blocks, or None where they are too large."""
    blocks, taken = [], 0
    for load in loads:
        block = load()
        arrays = {role: a if isinstance(a, Ragged) else np.array(a) for role, a in block.arrays.items()}
        taken += sum(a.values.nbytes if isinstance(a, Ragged) else a.nbytes for a in arrays.values())
        if taken > 4 * SMALL:
            return None
        blocks.append(Block(arrays, dict(block.missing)))
    return blocks


class CachedHashes:
    """SHA-256 of the input files: small ones at once, large ones in threads beside the run."""

    AT_ONCE = 1 << 20  # bytes that are hashed sooner than a thread is started

    def __init__(self, paths: Iterable[str | None], cache: TableCache, *, beside: bool) -> None:
        self._by_path: dict[str, str] = {}
        self._threads: list[threading.Thread] = []
        self._cache = cache
        for path in sorted({path for path in paths if path}):
            if not (beside and _size(path) > self.AT_ONCE and self._started(path)):
                self._hash(path)

    def _started(self, path: str) -> bool:
        """Whether a thread hashes the file; the system may grant none."""
        thread = threading.Thread(target=self._hash, args=(path,), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._threads.append(thread)
        return True

    def _hash(self, path: str) -> None:
        digest = self._cache.sha256(path)
        if digest is not None:
            self._by_path[path] = digest

    def by_path(self) -> dict[str, str]:
        """The hashes by path; waits for them."""
        for thread in self._threads:
            thread.join()
        return self._by_path


def _size(path: str) -> int:
    try:
        return os.path.getsize(path) if os.path.isfile(path) else 1 << 62  # a folder may hold anything
    except OSError:
        return 0
