"""Files far away: `s3://bucket/key` and `gs://bucket/key` through pyarrow's file systems, only when they are named.

Keys come from where the vendors' own tools find them (AWS_ACCESS_KEY_ID, profiles, GOOGLE_APPLICATION_CREDENTIALS).
What a file system needs to know may stand in the query: `endpoint_override`, `scheme`, `region`, `anonymous`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, BinaryIO, cast
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ..datasets.file_listing import Member, fixed_part, is_data, is_glob, matches, ordered
from ..datasets.table_logs import refuse_stored_log
from ..formats.detection import PEEK, detect_file
from ..formats.file_format import FileSource
from ..read_options import ReadOptions
from ..table import Table
from .remote_file import RemoteFile
from .store_errors import store_problems

_QUERY = ("endpoint_override", "scheme", "region", "anonymous")
_ATTEMPTS = 3
_CONNECT, _REQUEST, _RETRY = 5.0, 30.0, 20.0  # seconds
_BUFFER = 4 << 20


@record
class _Place:
    """A URI taken apart. `shown_name` is how messages call it: without passwords."""

    scheme: str
    bucket: str
    key: str
    query: dict[str, str]
    user: str | None
    password: str | None
    shown_name: str

    @property
    def path(self) -> str:
        return f"{self.bucket}/{self.key}" if self.key else self.bucket


def local_path(uri: str) -> str | None:
    """The path of a `file://` URI; None for other schemes."""
    parts = _split(uri)
    if parts.scheme != "file":
        return None
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise UsageProblem(f"{shown(uri)} names another machine.", "A local file is file:///folder/file.")
    from urllib.request import url2pathname

    return url2pathname(parts.path)


def _split(uri: str) -> SplitResult:
    scheme, mark, rest = uri.partition("://")
    try:
        # a '?' may be a glob's; a query has a '=' in it
        at = rest.rfind("?") if "=" in rest[rest.rfind("?") :] else -1
        path, query = (rest, "") if at < 0 else (rest[:at], rest[at + 1 :])
        netloc, slash, path = path.partition("/")
        urlsplit(f"{scheme}{mark}{netloc}/")  # its checks
        return SplitResult(scheme.lower(), netloc, slash + path, query, "")
    except ValueError as problem:
        raise UsageProblem(f"{shown(uri)} is not a URI: {problem}.", "Write s3://BUCKET/KEY.") from None


def _place(uri: str) -> _Place:
    parts = _split(uri)
    if parts.scheme not in ("s3", "gs", "gcs"):
        raise UsageProblem(f"{shown(uri)}: {parts.scheme}:// is not read.", "Known are s3://, gs:// and file://.")
    login, _, bucket = parts.netloc.rpartition("@")
    key = parts.path.lstrip("/")  # as it is: a key may have a % in it
    shown_name = shown(f"{parts.scheme}://{bucket}/{key}")
    if not bucket:
        raise UsageProblem(f"{shown_name} names no bucket.", f"Write {parts.scheme}://BUCKET/KEY.")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(query.keys() - set(_QUERY)):
        text = f"{shown_name} has the unknown setting {shown(unknown[0])}."
        raise UsageProblem(text, f"Known are {', '.join(_QUERY)}.")
    user, _, password = login.partition(":")
    return _Place(parts.scheme, bucket, key, query, unquote(user) or None, unquote(password) or None, shown_name)


def _file_system(place: _Place) -> Any:
    from pyarrow import fs

    if place.query.get("anonymous", "false") not in ("true", "false"):
        raise UsageProblem(f"{place.shown_name}: anonymous is true or false.")
    query = place.query
    settings: dict[str, Any] = {name: query[name] for name in ("endpoint_override", "scheme") if name in query}
    anonymous = place.query.get("anonymous") == "true"
    if place.scheme != "s3":
        from datetime import timedelta

        if not hasattr(fs, "GcsFileSystem"):
            raise UsageProblem(f"This pyarrow reads no {place.scheme}://.", "Install pyarrow from PyPI.")
        return fs.GcsFileSystem(anonymous=anonymous, retry_time_limit=timedelta(seconds=_RETRY), **settings)
    return _s3(place, anonymous, settings)


def _s3(place: _Place, anonymous: bool, settings: dict[str, Any]) -> Any:
    from pyarrow import fs

    if not hasattr(fs, "S3FileSystem"):
        raise UsageProblem("This pyarrow reads no s3://.", "Install pyarrow from PyPI.")
    known = (
        settings.get("endpoint_override"),
        os.environ.get("AWS_ENDPOINT_URL_S3"),
        os.environ.get("AWS_ENDPOINT_URL"),
    )
    endpoint = next(filter(None, known), None)
    if endpoint:
        scheme, mark, host = endpoint.rpartition("://")
        settings["endpoint_override"] = host.rstrip("/")
        if mark:
            settings.setdefault("scheme", scheme)
    region = place.query.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region and not endpoint:
        region = fs.resolve_s3_region(place.bucket)
    if place.user and place.password:
        settings |= {"access_key": place.user, "secret_key": place.password}
    return fs.S3FileSystem(
        anonymous=anonymous,
        region=region,
        connect_timeout=_CONNECT,
        request_timeout=_REQUEST,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        **settings,
    )


def open_remote(uri: str, options: ReadOptions) -> Table:
    """The table at a URI: a file, or those below a name that ends in '/' or is a glob."""
    place = _place(uri)
    with store_problems(place.shown_name):
        system = _file_system(place)
        info = system.get_file_info(place.path)
    if info.is_file:
        return open_key(system, place.path, place.shown_name, options)
    from ..datasets.dataset import Dataset, refuse_strangers

    with store_problems(place.shown_name):
        empty: set[str] = set()
        members = _members(system, place, empty)
    if not members:
        raise DataProblem(f"There is no {place.shown_name}.", "Is the name right, and the region or endpoint?")
    refuse_strangers(members, place.shown_name)
    root = f"{place.scheme}://"

    def opens(member: Member) -> Table:
        return open_key(system, member.path, shown(root + member.path), options)

    return Dataset(None, place.shown_name, members, opens, frozenset(empty))


def _members(system: Any, place: _Place, empty: set[str]) -> list[Member]:
    """The files of a data set; the paths of those without a byte are added to `empty`."""
    from pyarrow import fs

    glob = is_glob(place.key)
    base = fixed_part(place.key) if glob else place.key.rstrip("/")
    root = f"{place.bucket}/{base}".rstrip("/")
    pattern = tuple(place.key[len(base) :].strip("/").split("/")) if glob else ("**", "*")
    files = []
    infos = system.get_file_info(fs.FileSelector(root, recursive=True))
    cut = [(info, tuple(info.path[len(root) :].strip("/").split("/"))) for info in infos]
    refuse_stored_log((steps for info, steps in cut if info.is_file), place.shown_name)
    for info, steps in cut:
        if info.is_file and all(map(is_data, steps)) and matches(steps, pattern):
            files.append((info.path, steps))
            if info.size == 0:
                empty.add(info.path)
    return ordered(files)


def open_key(system: Any, path: str, name: str, options: ReadOptions) -> Table:
    """The file of a file system of pyarrow's as a table."""
    with store_problems(name):
        file = system.open_input_file(path)
        start = bytes(file.read_at(PEEK, 0))
    detected = detect_file(path, start, name)
    if not detected.format.remote:
        raise UsageProblem(f"{name}: {detected.format.title} is not read from afar.", "Copy it here first.")
    return detected.open(_StoredObject(system, path, file, name, options))


class _StoredObject(FileSource):
    """A file in an object store, opened."""

    def __init__(self, system: Any, key: str, file: Any, name: str, options: ReadOptions) -> None:
        super().__init__(name, options)
        self._system, self._key, self._file = system, key, file

    def text(self, codec: str | None) -> Callable[[], BinaryIO]:
        def open_again() -> BinaryIO:
            with store_problems(self.name):
                stream = self._system.open_input_stream(self._key, compression=None, buffer_size=_BUFFER)
            if codec is None:
                return cast(BinaryIO, stream)
            from ..formats.compression import unpacked

            return unpacked(stream, codec, self.name)

        return open_again

    def seekable(self) -> Any:
        return self._file

    def ranges(self) -> RemoteFile:
        return RemoteFile(self._file, self.name)
