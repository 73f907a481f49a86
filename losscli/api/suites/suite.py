"""Suites: data sets, losses, gates and reports as tables of TOML; or as JSON, a data set a line. Checked key by key."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...core import loss_spec
from ...core.did_you_mean import nearest
from ...core.errors import LossCliError, UsageProblem
from ...core.natural_order import natural_key
from ...core.record import field, record, replace
from ...core.safe_text import shown
from ...report.renderers.registry import REPORTS
from ...sources.datasets.table_logs import refuse_table_around
from ..batch import BatchJob
from ..options.table import OPTIONS, of_suite
from ..requests.request import LossRequest, Options, Request, of_calls
from .suite_values import known, list_of, number_of, spec_of, table_of, value_of

LARGEST = 1 << 24  # bytes of a suite
FILES = ("pred", "label", "weight")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@record
class Base:
    """What holds for every data set that does not say otherwise. Paths start at `folder`."""

    request: Request
    limit: Any = None
    folder: str = ""


def whole_keys() -> tuple[str, ...]:
    """What a suite may say."""
    return ("data", "loss", "defaults", "reports", *(option.name for option in of_suite("whole")))


def data_keys() -> tuple[str, ...]:
    """What a suite may say of a data set."""
    return ("name", *FILES, "columns", "loss", "max", *(option.name for option in of_suite("data")))


@record
class Suite:
    """What a file says to do. None is what it does not say; `reports` are KIND=PATH.

    `order` is what it says of the order of results and of their digits, by the name of the option.
    """

    jobs: list[BatchJob]
    reports: tuple[str, ...] = ()
    keep_going: bool | None = None
    parallel: int | None = None
    order: Mapping[str, Any] = field(default_factory=dict)


def read(path: str, request: Request) -> Suite:
    """The suite in a TOML file; its paths start at the file's folder."""
    import tomllib

    name = shown(path)
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.") from None
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        raise UsageProblem(f"{name} cannot be read: {why.lower()}.") from None
    if len(content) > LARGEST:
        raise UsageProblem(f"{name} is too large for a suite.", "Hand over a list of JSON lines instead.")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:  # tomllib's own errors, and of the encoding
        raise UsageProblem(
            f"{name} is not TOML: {' '.join(str(problem).split())}.", "See losscli schema suite."
        ) from None
    if "tool" in table and set(table) <= {"tool", "project", "build-system", "dependency-groups"}:
        table = _inner(table, name)
    return of_table(table, name, os.path.dirname(path), request)


def _inner(table: dict[str, Any], name: str) -> dict[str, Any]:
    """`[tool.losscli.suite]` of a pyproject.toml."""
    for key in ("tool", "losscli", "suite"):
        table = table.get(key, {})
        if not isinstance(table, dict):
            break
    if not isinstance(table, dict) or not table:
        raise UsageProblem(f"{name} has no table [tool.losscli.suite].")
    return table


def of_table(table: Mapping[str, Any], name: str, folder: str, request: Request) -> Suite:
    """The suite in a table; `name` stands before its errors, `folder` before its paths."""
    known(table, whole_keys(), name)
    whole = _options(table, "whole", name)
    if request.options.threads is None:
        request = replace(request, options=request.options.changed(threads=whole.get("threads")))
    base = Base(request, folder=folder)
    base = _with(base, losses=tuple(_losses(table.get("loss", []), base, f"{name}, loss")))
    if "defaults" in table:
        where = f"{name}, defaults"
        known(table_of(table["defaults"], where), [key for key in data_keys() if key != "name"], where)
        base = _merged(table["defaults"], base, where)
    entries = table.get("data")
    if not isinstance(entries, list) or not entries or not all(isinstance(each, dict) for each in entries):
        raise UsageProblem(f"{name} has no data sets.", "Write [[data]] and below it pred = 'FILE'.")
    jobs = [job for i, each in enumerate(entries, 1) for job in jobs_of(each, base, _place(name, i, each))]
    names = [job.name for job in jobs]
    if twice := [each for i, each in enumerate(names) if each in names[:i]]:
        raise UsageProblem(f"{name}: two data sets are named {shown(twice[0])}.", "Give each its own name.")
    order: dict[str, Any] = {each: whole[each] for each in ("sort", "top", "best", "digits") if each in whole}
    return Suite(jobs, _reports(table, name, folder), whole.get("keep_going"), whole.get("jobs"), order)


def _with(base: Base, **changes: Any) -> Base:
    return replace(base, request=replace(base.request, **changes))


def _place(name: str, number: int, entry: Mapping[str, Any]) -> str:
    called = entry.get("name")
    return f"{name}, data {number}" + (f" ({shown(called)})" if isinstance(called, str) else "")


def jobs_of(entry: Mapping[str, Any], base: Base, where: str) -> Iterator[BatchJob]:
    """The data sets that an entry means: one, or of a glob of predictions one a file."""
    known(entry, data_keys(), where)
    merged = _merged(entry, base, where)
    pred = merged.request.files.get("pred")
    if pred is None:
        raise UsageProblem(f"{where} has no pred.", "Write pred = 'FILE'.", place=where)
    if not merged.request.losses:
        raise UsageProblem(
            f"{where} has no losses.", "Write loss = ['mse'], or [[loss]] and name = 'mse'.", place=where
        )
    name = entry.get("name", entry.get("pred", pred))
    if not isinstance(name, str) or not name:
        raise UsageProblem(f"{where}: name must be a text.", place=where)
    losses = _with_calls(tuple(limited(merged.request.losses, merged.limit, where)), merged.request.options, where)
    paths = expanded(pred)
    for each in paths:
        called = name if paths == [pred] else each if "name" not in entry else f"{name} {each}"
        yield BatchJob(called, replace(merged.request, losses=losses, files={**merged.request.files, "pred": each}))


def _with_calls(losses: Sequence[LossRequest], options: Options, where: str) -> Sequence[LossRequest]:
    """The losses with what a call says that is named for the whole data set."""
    try:
        return of_calls(losses, options)
    except UsageProblem as problem:
        raise problem.within(where) from None


def expanded(spec: str) -> list[str]:
    """The SPECs that a SPEC with a glob means, in natural order; a path that exists is never a glob."""
    path, mark, columns = spec.partition("::")
    if not any(sign in path for sign in "*?[") or os.path.exists(path) or _URI.match(path):
        return [spec]
    files = [each for each in glob.glob(path, recursive=True) if not os.path.isdir(each)]
    paths = sorted(files, key=lambda each: ([natural_key(step) for step in each.split(os.sep)], each))
    if not paths:
        raise UsageProblem(f"No file matches {shown(path)}.")
    for folder in {os.path.dirname(each) for each in paths}:
        refuse_table_around(folder or ".")
    return [each + mark + columns for each in paths]


def _merged(entry: Mapping[str, Any], base: Base, where: str) -> Base:
    """The base with what an entry says."""
    request = base.request
    said = {role: within(base.folder, spec_of(entry, role, where)) for role in FILES if role in entry}
    losses = tuple(_losses(entry["loss"], base, f"{where}, loss")) if "loss" in entry else request.losses
    options = request.options.changed(**_options(entry, "data", where), **_columns(entry, where))
    request = replace(request, losses=losses, files={**request.files, **said}, options=options)
    return replace(base, request=request, limit=entry.get("max", base.limit))


def _options(entry: Mapping[str, Any], place: str, where: str) -> dict[str, Any]:
    """The run options among the keys of an entry."""
    said = [option for option in of_suite(place) if option.name in entry]
    return {option.name: value_of(option, entry[option.name], where) for option in said}


def _columns(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The columns of the roles, which a suite says in a table of their own."""
    if "columns" not in entry:
        return {}
    columns = table_of(entry["columns"], f"{where}, columns")
    known(columns, FILES, f"{where}, columns")
    return {role: value_of(OPTIONS[role], value, f"{where}, columns") for role, value in columns.items()}


def _losses(given: Any, base: Base, where: str) -> Iterator[LossRequest]:
    """Losses as words or tables; a word may be the name of one that the suite lists."""
    for number, each in enumerate([given] if isinstance(given, str | dict) else list_of(given, where), 1):
        place = f"{where} {number}"
        try:
            if isinstance(each, str):
                yield from _of_word(loss_spec.read(each), base)
            else:
                yield _of_table(table_of(each, place), base, place)
        except LossCliError as problem:
            if problem.place:
                raise
            raise problem.within(place) from None


def _of_word(spec: loss_spec.LossSpec, base: Base) -> Iterator[LossRequest]:
    """The losses of the suite that a word names, with what the suite says of them; or the loss that it spells."""
    bare = spec.text == spec.loss.name
    listed = [each for each in base.request.losses if (each.spec.loss.name if bare else each.spec.text) == spec.text]
    yield from listed or [LossRequest(_moved(spec, base.folder))]


def _of_table(table: Mapping[str, Any], base: Base, where: str) -> LossRequest:
    rest = dict(table)
    name, limit = rest.pop("name", None), rest.pop("max", None)
    if not isinstance(name, str):
        raise UsageProblem(f"{where} has no name.", "Write name = 'mse'.", place=where)
    spec = loss_spec.read(name)
    whole = spec.with_own(loss_spec.checked(spec.loss, rest))
    return LossRequest(_moved(whole, base.folder), number_of(limit, f"{where}, max"))


def _moved(spec: loss_spec.LossSpec, folder: str) -> loss_spec.LossSpec:
    """The loss with the files of its roles where the suite's folder says."""
    roles = {role.name for role in spec.loss.roles} | {param.name for param in spec.loss.params if param.per}
    arguments = {
        key: within(folder, value) if key in roles and isinstance(value, str) and _is_path(folder, value) else value
        for key, value in spec.arguments.items()
    }
    return spec._replace(arguments=arguments)


def _is_path(folder: str, value: str) -> bool:
    """Whether a role's value names a file, and not a column of the files that are read anyway."""
    return bool(set(value) & set("./\\*?[:")) or os.path.exists(os.path.join(folder, value))


def limited(losses: Sequence[LossRequest], limit: Any, where: str) -> Iterator[LossRequest]:
    """The losses with the data set's own limits: one for all, or a table by loss."""
    if not isinstance(limit, dict):
        most = number_of(limit, f"{where}, max")
        yield from (each if most is None else replace(each, limit=most) for each in losses)
        return
    known = [name for each in losses for name in (each.spec.loss.name, each.spec.text)]
    limits = {}
    for key, value in limit.items():
        name = loss_spec.read(key).text
        if name not in known:
            raise UsageProblem(f"{where}, max: {key} is none of its losses.", nearest(key, known), place=where)
        limits[name] = number_of(value, f"{where}, max.{key}")
    for each in losses:
        most = limits.get(each.spec.text, limits.get(each.spec.loss.name))
        yield each if most is None else replace(each, limit=most)


def within(folder: str, spec: str) -> str:
    """A SPEC whose path starts at the folder."""
    path = spec.partition("::")[0]
    if not folder or not path or path == "-" or os.path.isabs(path) or _URI.match(path):
        return spec
    return os.path.join(folder, spec)


def _reports(table: Mapping[str, Any], name: str, folder: str) -> tuple[str, ...]:
    """KIND=PATH of each report; a suite writes below its own folder alone."""
    reports = []
    for kind, path in table_of(table.get("reports", {}), f"{name}, reports").items():
        if kind not in REPORTS:
            hint = nearest(kind, REPORTS) or f"Kinds are {', '.join(REPORTS)}."
            raise UsageProblem(f"{name}, reports: there is no kind {kind!r}.", hint)
        if not isinstance(path, str) or not path:
            raise UsageProblem(f"{name}, reports: {kind} must be the path of a file.")
        steps = path.replace("\\", "/").split("/")
        if os.path.isabs(path) or ".." in steps:
            hint = f"Name it on the command line: --report {kind}={path}."
            raise UsageProblem(f"{name}, reports: {shown(path)} is outside the suite's folder.", hint)
        reports.append(f"{kind}={os.path.join(folder, path)}")
    return tuple(reports)
