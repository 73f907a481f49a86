"""The header of an NPY file, read by hand: bounded before anything is allocated, nothing evaluated, no pickle."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...core.errors import DataProblem
from ...core.record import record

MAGIC = b"\x93NUMPY"
LONGEST = 10_000  # bytes; NumPy's own bound for files that are not trusted
DIMENSIONS = 32

_ENTRY = re.compile(
    r"""\s*(?P<q>['"])(?P<key>descr|fortran_order|shape)(?P=q)\s*:\s*
    (?: (?P<t>['"])(?P<text>[^'"\\]*)(?P=t) | (?P<flag>True|False) | \((?P<shape>[\s\dL,]*)\) )\s*(?P<more>,|$)""",
    re.X | re.ASCII,
)
_DESCR = re.compile(r"([<>|=])([biufUS])([1-9][0-9]{0,5})")
_SIDE = re.compile(r"(0|[1-9][0-9]{0,29})L?")  # Python 2 wrote 3L
_BLANK = " \t\f\r\n"
_PLAIN = re.compile(r"[\x20-\x7e\t\f\r\n]*")
_WIDTHS = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}
_REFUSED = {
    "O": "Python objects, which are never unpickled; save plain numbers",
    "c": "complex numbers",
    "V": "records; save one array a role",
    "M": "dates",
    "m": "time spans",
}
_LARGEST_TEXT = 4096  # characters a label


@record
class Header:
    """What an NPY header says; `offset` is where the data start."""

    dtype: str
    fortran: bool
    shape: tuple[int, ...]
    offset: int
    itemsize: int

    @property
    def nbytes(self) -> int:
        size = self.itemsize
        for side in self.shape:
            size *= side
        return size


def read_header(read: Callable[[int], bytes], name: str) -> Header:
    """The header, from a function that reads the next bytes. What is not a plain NPY header is a DataProblem."""
    start = read(8)
    if len(start) < 8 or start[:6] != MAGIC:
        raise DataProblem(f"{name} is not an NPY file.", _not_npy(start))
    if start[6] not in (1, 2, 3) or start[7] != 0:
        raise DataProblem(f"{name} has the unknown NPY version {start[6]}.{start[7]}.")
    width = 2 if start[6] == 1 else 4
    prefix = read(width)
    if len(prefix) < width:
        raise DataProblem(f"{name} ends inside its NPY header.")
    length = int.from_bytes(prefix, "little")
    if length > LONGEST:
        raise DataProblem(f"{name} has an NPY header of {length} bytes; {LONGEST} is the most allowed.")
    raw = read(length)
    if len(raw) < length:
        raise DataProblem(f"{name} ends inside its NPY header.")
    found = _entries(raw.decode("utf-8" if start[6] == 3 else "latin-1", "replace"), name)
    dtype, itemsize = _dtype(found["descr"], name)
    header = Header(dtype, found["fortran_order"] == "True", _shape(found["shape"], name), 8 + width + length, itemsize)
    if max(header.nbytes, *header.shape, 0) >= 1 << 62:
        raise DataProblem(f"{name} says it has shape {header.shape}, too large to be true.", "The header is damaged.")
    return header


def _not_npy(start: bytes) -> str:
    if not start:
        return "It is empty."
    if start[:1] == b"\x80":
        return "It looks like a pickle, which is never read; save it with numpy.save."
    return "Its first bytes are not NumPy's magic string."


def _entries(text: str, name: str) -> dict[str, str]:
    inner = text.strip(_BLANK)
    damaged = DataProblem(f"{name} has an NPY header that cannot be read.", "Save it again with numpy.save.")
    if not (inner.startswith("{") and inner.endswith("}")):
        raise damaged
    inner = inner[1:-1].rstrip(_BLANK)
    if re.search(r"""['"]descr['"]\s*:\s*\[""", inner):
        raise DataProblem(f"{name} holds {_REFUSED['V']}.")
    if not _PLAIN.fullmatch(inner):
        raise damaged
    found: dict[str, str] = {}
    at = 0
    while at < len(inner):
        entry = _ENTRY.match(inner, at)
        if entry is None or entry["key"] in found:
            raise damaged
        kind = {"descr": "text", "fortran_order": "flag", "shape": "shape"}[entry["key"]]
        if entry[kind] is None:
            raise damaged
        found[entry["key"]] = entry[kind]
        at = entry.end()
    if len(found) != 3:
        raise damaged
    return found


def _dtype(descr: str, name: str) -> tuple[str, int]:
    match = _DESCR.fullmatch(descr)
    if match is None or (match[2] in _WIDTHS and int(match[3]) not in _WIDTHS[match[2]]):
        letter = descr.lstrip("<>|=")[:1]
        what = _REFUSED.get(letter, f"the type {descr[:40]!r}")
        raise DataProblem(f"{name} holds {what}.")
    width = int(match[3])
    if match[2] in "US":
        if not 0 < width <= _LARGEST_TEXT:
            raise DataProblem(f"{name} holds texts of {width} characters; {_LARGEST_TEXT} is the most allowed.")
        return descr, width * (4 if match[2] == "U" else 1)
    return descr, width


def _shape(text: str, name: str) -> tuple[int, ...]:
    parts = [part.strip(_BLANK) for part in text.split(",")]
    if parts and parts[-1] == "":
        parts.pop()
    if not all(map(_SIDE.fullmatch, parts)) or (len(parts) == 1 and "," not in text):
        raise DataProblem(f"{name} has a shape that cannot be read: ({text[:60]}).")
    if len(parts) > DIMENSIONS:
        raise DataProblem(f"{name} has {len(parts)} dimensions; {DIMENSIONS} is the most allowed.")
    return tuple(int(part.rstrip("L")) for part in parts)
