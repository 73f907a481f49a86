"""NPZ archives: each member is an array, named as a column is. Members stream out of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from ..core.errors import DataProblem, UsageProblem
from .names import shown
from .npy_file import NpyStream
from .table import Block, Field, Load, Pick

MEMBERS = 10_000


class NpzTable:
    """An NPZ file: columns are its members, without '.npy'."""

    format = "npz"
    repeatable = True

    def __init__(self, path: str, name: str) -> None:
        import zipfile

        self.path: str | None = path
        self.name = name
        try:
            self._archive = zipfile.ZipFile(path)
            infos = self._archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as problem:
            raise DataProblem(f"{name} is not a readable NPZ archive: {problem}.") from None
        if len(infos) > MEMBERS:
            raise DataProblem(f"{name} has {len(infos)} members; {MEMBERS} is the most allowed.")
        names = [info.filename.removesuffix(".npy") for info in infos]
        if len(set(names)) != len(names):
            raise DataProblem(f"{name} has two members of one name.")
        self.columns = tuple(names)
        self._members = dict(zip(names, infos, strict=True))

    @property
    def rows(self) -> int | None:
        return None

    def _member(self, pick: Pick) -> NpyStream:
        if len(pick.columns) != 1:
            raise UsageProblem(f"{self.name}: one role takes one member, not {len(pick.columns)}.")
        info = self._members[pick.columns[0]]
        shownname = f"{self.name}::{shown(pick.columns[0])}"
        try:
            stream = self._archive.open(info)
            member = NpyStream(stream, shownname, repeatable=True)  # type: ignore[arg-type]
        except DataProblem:
            raise
        except Exception as problem:  # zipfile and zlib raise a dozen kinds on damaged archives
            raise DataProblem(f"{shownname} cannot be read: {problem}.") from None
        promised = member.header.nbytes + member.header.offset
        if info.file_size != promised:
            raise DataProblem(
                f"{shownname} promises {promised} bytes and holds {info.file_size}.", "It is damaged."
            )
        return member

    def describe(self, pick: Pick) -> Field:
        member = self._member(pick)
        try:
            return member.describe(pick if not pick.columns else Pick((), pick.classes, pick.row_axis))
        finally:
            member.close()

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        with ExitStack() as opened:
            streams = []
            for role, pick in picks.items():
                member = self._member(pick)
                opened.callback(member.close)
                streams.append(member.blocks({role: Pick((), pick.classes)}, size))
            try:
                for loads in zip(*streams, strict=False):
                    arrays = {}
                    for load in loads:
                        arrays.update(load().arrays)
                    block = Block(arrays)
                    yield lambda block=block: block  # type: ignore[misc]
            except DataProblem:
                raise
            except Exception as problem:
                raise DataProblem(f"{self.name} cannot be read: {problem}.") from None

    def close(self) -> None:
        self._archive.close()
