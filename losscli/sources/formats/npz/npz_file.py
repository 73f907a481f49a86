"""NPZ archives: each member is an array, named as a column is. Members stream out of the archive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import zip_longest
from typing import TYPE_CHECKING, BinaryIO, cast

from ....core.errors import DataProblem, LossCliError, UsageProblem
from ....core.record import replace
from ....core.safe_text import shown
from ...table import Block, Field, Load, Pick
from ..npy.npy_file import NpyStream

if TYPE_CHECKING:
    from zipfile import ZipInfo

MEMBERS = 10_000
_STORED, _DEFLATED = 0, 8
_OUTSIDE = re.compile(r"/|[A-Za-z]:|(?:.*/)?\.\.(?:/|\Z)", re.DOTALL)


class NpzTable:
    """An NPZ file: columns are its members, without '.npy'."""

    format = "npz"
    repeatable = True

    def __init__(self, path: str, name: str) -> None:
        import zipfile

        self.path: str | None = path
        self.name = name
        self.notes: list[str] = []
        self._opened: list[NpyStream] = []  # members; a run that failed leaves some open
        try:
            self._archive = zipfile.ZipFile(path)
        except Exception as problem:  # zipfile raises a dozen kinds on damaged archives
            raise _unreadable(name, problem) from None
        try:
            self._members = self._checked(self._archive.infolist())
        except BaseException:
            self.close()
            raise
        self.columns = tuple(self._members)

    def _checked(self, infos: list[ZipInfo]) -> dict[str, ZipInfo]:
        """The members by name."""
        if not 0 < len(infos) <= MEMBERS:
            raise DataProblem(f"{self.name} has {len(infos)} members; 1 to {MEMBERS} are allowed.")
        if not any(info.filename.endswith(".npy") for info in infos):
            workbook = any(info.filename.startswith("xl/") for info in infos)
            raise DataProblem(
                f"{self.name} is {'an Excel workbook' if workbook else 'a zip archive without arrays of NumPy'}.",
                "Save the sheet as CSV." if workbook else "Unpack it, and name the files in it.",
            )
        members: dict[str, ZipInfo] = {}
        for info in infos:
            name = info.filename.removesuffix(".npy")
            if _OUTSIDE.match(name.replace("\\", "/")):
                raise DataProblem(f"{self.name} has a member named {shown(name)}, a path out of it.", "Rename it.")
            if name in members:
                raise DataProblem(f"{self.name} has two members named {shown(name)}.")
            members[name] = info
        return members

    @property
    def rows(self) -> int | None:
        return None

    def _member(self, pick: Pick) -> NpyStream:
        if len(pick.columns) != 1:
            raise UsageProblem(f"{self.name}: one role takes one member, not {len(pick.columns)}.")
        info = self._members[pick.columns[0]]
        name = f"{self.name}::{shown(pick.columns[0])}"
        if info.compress_type not in (_STORED, _DEFLATED):  # others may want gigabytes to unpack a few bytes
            raise DataProblem(f"{name} is not compressed as numpy.savez_compressed does.", "Save it again.")
        with ExitStack() as opened:
            try:
                stream = opened.enter_context(self._archive.open(info))
                member = NpyStream(cast(BinaryIO, stream), name, repeatable=True)
            except LossCliError:
                raise
            except Exception as problem:
                raise _unreadable(name, problem) from None
            promised = member.header.nbytes + member.header.offset
            if info.file_size != promised:
                raise DataProblem(f"{name} promises {promised} bytes and holds {info.file_size}.", "It is damaged.")
            opened.pop_all()  # from here on the member closes it
        self._opened.append(member)
        self.notes += [note for note in member.notes if note not in self.notes]
        return member

    def describe(self, pick: Pick) -> Field:
        member = self._member(pick)
        try:
            return member.describe(replace(pick, columns=()))
        finally:
            member.close()

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        with ExitStack() as opened:
            streams = []
            for role, pick in picks.items():
                member = self._member(pick)
                opened.callback(member.close)
                streams.append(member.blocks({role: replace(pick, columns=())}, size))
            try:
                for loads in zip_longest(*streams):  # each to its end, where its checksum is
                    block = Block({role: array for load in loads if load for role, array in load().arrays.items()})
                    yield lambda block=block: block  # type: ignore[misc]
            except LossCliError:
                raise
            except Exception as problem:
                raise _unreadable(self.name, problem) from None

    def close(self) -> None:
        for member in self._opened:
            member.close()
        self._archive.close()


def _unreadable(name: str, problem: Exception) -> DataProblem:
    why = " ".join(str(problem).split()).rstrip(".") or type(problem).__name__
    return DataProblem(f"{name} cannot be read: {shown(why)}.", "It is damaged, or not an NPZ archive.")
