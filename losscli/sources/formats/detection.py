"""Which format a file has: by its first bytes, then by its name. What each looks like, it declares itself."""

from __future__ import annotations

import os
import shlex

from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from . import registry
from .file_format import DetectedFormat, FileFormat

PEEK = 32  # bytes that tell every format and codec


@record
class Codec:
    """How a file is compressed as a whole: pyarrow's name, the suffix, the first bytes, and what unpacks it."""

    name: str
    suffix: str
    first_bytes: bytes
    command: str


_CODECS = (
    Codec("gzip", ".gz", b"\x1f\x8b\x08", "gunzip"),
    Codec("bz2", ".bz2", b"BZh", "bunzip2"),
    Codec("zstd", ".zst", b"\x28\xb5\x2f\xfd", "unzstd"),
)
_DOCUMENTS = (".json", ".yaml", ".yml", ".toml", ".xml", ".html", ".md", ".py", ".ipynb", ".xls", ".xlsx", ".pdf")
_NOT_READ = {
    b"FEA1": "Feather version 1, which is no longer written",
    b"\x89HDF": "an HDF5 file",
    b"\x80": "a pickle, which is never read",
}
_CONVERT = "Convert it to a format that is read, such as CSV, Parquet or NPY."


def format_by_name(path: str) -> DetectedFormat | None:
    """The format that a name's suffix stands for, if any."""
    stem, suffix = os.path.splitext(path.lower())
    codec = next((codec.name for codec in _CODECS if codec.suffix == suffix), None)
    if codec:
        suffix = os.path.splitext(stem)[1]
    for each in registry.FORMATS:
        if suffix in each.suffixes:
            return DetectedFormat(each, each.suffixes[suffix], codec)
    return None


def format_by_content(start: bytes) -> FileFormat | None:
    """The format that the first bytes show; None where any text may start so."""
    return next((each for each in registry.FORMATS if each.starts(start)), None)


def codec_by_content(start: bytes) -> str | None:
    """The codec that the first bytes show."""
    return next((codec.name for codec in _CODECS if start.startswith(codec.first_bytes)), None)


def content_words(start: bytes) -> str:
    """What the first bytes are, in words; "" where any text may start so."""
    if content := format_by_content(start):
        return content.content or content.title
    if codec := codec_by_content(start):
        return f"compressed with {codec}"
    return next((words for magic, words in _NOT_READ.items() if start.startswith(magic)), "")


def unpack_hint(name: str, codec: str, content: FileFormat | None) -> str:
    """The command that unpacks a file, under the name that its content should have."""
    command, packed = next((each.command, each.suffix) for each in _CODECS if each.name == codec)
    stem = name.removesuffix(packed)
    if content is not None and format_by_name(stem) != DetectedFormat(content, content.name):
        stem = os.path.splitext(stem)[0] + next(iter(content.suffixes))
    if stem == name:  # which the command would empty before it is read
        root, suffix = os.path.splitext(stem)
        stem = f"{root}-unpacked{suffix}"
    return f"Type {command} < {shlex.quote(name)} > {shlex.quote(stem)}, and name that file."


def detect_file(path: str, start: bytes, name: str) -> DetectedFormat:
    """The format of a file by its first bytes, and by its name where any text may start so."""
    named = format_by_name(path)
    content, codec = format_by_content(start), codec_by_content(start)
    if named is None:
        return _by_content(path, start, name)
    if content is not None:
        return DetectedFormat(content, named.name if content is named.format else content.name)
    if codec and named.codec and not named.format.compressed:
        raise UsageProblem(f"{name}: only text is read compressed.", unpack_hint(name, codec, named.format))
    if codec and named.format.compressed:
        return DetectedFormat(named.format, named.name, codec)
    if codec:
        return DetectedFormat(registry.TEXT, registry.TEXT.name, codec)
    if words := content_words(start):
        suffix = os.path.splitext(path)[1].lower()
        raise DataProblem(f"{name} is named {suffix} but its content is {words}.", _CONVERT)
    cut_short = any(magic.startswith(start) for magic in named.format.first_bytes)
    if named.format.first_bytes and not (named.format.text or cut_short) and _is_plain_text(start):
        return DetectedFormat(registry.TEXT, registry.TEXT.name)
    return DetectedFormat(named.format, named.name)


def _by_content(path: str, start: bytes, name: str) -> DetectedFormat:
    """The format of a file whose name says nothing: by its first bytes, and otherwise text."""
    if content := format_by_content(start):
        return DetectedFormat(content, content.name)
    if words := next((words for magic, words in _NOT_READ.items() if start.startswith(magic)), ""):
        raise UsageProblem(f"{name} is {words}.", _CONVERT)
    codec = codec_by_content(start)
    suffixes = os.path.splitext(path.lower().removesuffix(next((c.suffix for c in _CODECS if c.name == codec), "\0")))
    is_json = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"")
    named_so = suffixes[1] in _DOCUMENTS and (suffixes[1] != ".json" or is_json)
    if named_so or not (codec or _is_text(start)):
        if suffixes[1] == ".json" and is_json:
            raise UsageProblem(f"{name} is one JSON document, and JSON is read line by line.", _json_hint(start, name))
        hint = f"Known are {_suffixes()}."
        raise UsageProblem(f"{name} has no suffix that names its format, and its content names none.", hint)
    return DetectedFormat(registry.TEXT, registry.TEXT.name, codec)


def _json_hint(start: bytes, name: str) -> str:
    """How a JSON document becomes a table: a list of objects a line each, an object of columns by its columns."""
    stem = os.path.splitext(name)[0]
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return f"Write one object a line, such as with jq -c '.[]' {name} > {stem}.jsonl."
    code = f"import pandas; pandas.read_json('{name}').to_csv('{stem}.csv', index=False)"
    return f'Write its columns as CSV, such as with python -c "{code}".'


def _is_text(start: bytes) -> bool:
    """Whether these may be the first bytes of a table as text: something, and no control characters."""
    from .csv.utf16 import encoding_of

    if encoding_of(start) is not None:
        return True
    return bool(start.strip()) and not any((byte < 32 and byte not in b"\t\r\n\f") or byte == 127 for byte in start)


def _is_plain_text(start: bytes) -> bool:
    """Whether these are the first bytes of text and of nothing else: they may end within a character."""
    from .csv.utf16 import encoding_of

    if encoding_of(start) is None:
        try:
            start.decode()
        except UnicodeDecodeError as problem:
            if problem.start < len(start) - 3:
                return False
    return _is_text(start)


def detect_pipe(start: bytes, name: str) -> DetectedFormat:
    """The format of what has no name: by its first bytes, and otherwise text."""
    content, codec = format_by_content(start), codec_by_content(start)
    if content is not None and content.piped:
        return DetectedFormat(content, content.name)
    if not codec and (words := content_words(start)):
        *titles, last = [each.title for each in registry.FORMATS if each.piped]
        raise DataProblem(f"{name} is {words}.", f"{', '.join(titles)} and {last} can be piped.")
    return DetectedFormat(registry.TEXT, registry.TEXT.name, codec)


def _suffixes() -> str:
    known = sorted(suffix for each in registry.FORMATS for suffix in each.suffixes)
    packed = [f"{next(iter(registry.TEXT.suffixes))}{codec.suffix}" for codec in _CODECS]
    return " ".join([*known, *packed])
