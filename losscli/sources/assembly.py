"""From what the user named to aligned roles: columns chosen, rows paired, small roles read whole."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.arrays.inputs import Ragged
from ..core.arrays.pairing import Pairing
from ..core.errors import DataProblem, UsageProblem
from ..core.loss import Loss
from ..core.notes import Note
from ..core.record import mutable, replace
from ..core.safe_text import shown
from .arrays import ArrayTable
from .columns.candidates import BY, CANDIDATE, KEEP, as_names, candidate_roles
from .columns.choice import ColumnChooser, InputRequest, TableOpener
from .columns.column_names import ColumnNames
from .columns.recognition import Need, likeliest
from .datasets.pairing_of_files import check_stacking
from .frame import Frame, Picked, flat_sequences, read_whole
from .table import Table

if TYPE_CHECKING:
    from .grouping.group_columns import GroupColumn
    from .keeping.kept_columns import KeptColumn


@mutable
class Assembly:
    """Roles ready to run: those with rows as a frame, those read whole as arrays, parameters read from files."""

    frame: Frame
    whole: dict[str, Any]
    params: dict[str, Any]
    inputs: dict[str, Picked]
    notes: list[str]
    tables: list[Table]
    pairing: Pairing | None = None  # of rows paired by key
    classes: tuple[str, ...] = ()  # the names of the classes, where labels are matched with them by name
    class_names: ColumnNames | None = None  # what the classes may be called in files of one value a class
    depends_on_loss: bool = False  # whether another loss might be given other columns of the same files
    group_columns: tuple[GroupColumn, ...] = ()  # by which rows are grouped
    kept_columns: tuple[KeptColumn, ...] = ()  # that stand beside the losses of rows

    @property
    def left_out(self) -> dict[str, int]:
        """How many rows --where left out, as a count of a result; empty without it."""
        count = getattr(self.frame, "left_out", None)
        return {} if count is None else {"where": count}

    def close(self) -> None:
        for table in self.tables:
            table.close()


def assemble(loss: Loss, wanted: InputRequest, params: Mapping[str, Any], kind: str) -> Assembly:
    """Open and choose everything a loss is given. Wrong names are UsageProblems, wrong files DataProblems."""
    opener = TableOpener(wanted.text, wanted.opens)
    try:
        return _assemble(opener, loss, wanted, params, kind)
    except BaseException:
        for table in opener.tables.values():
            table.close()
        raise


def _assemble(opener: TableOpener, loss: Loss, wanted: InputRequest, params: Mapping[str, Any], kind: str) -> Assembly:
    notes: list[str] = []
    if twice := [name for name, count in Counter(wanted.classes).items() if count > 1]:
        raise UsageProblem(f"--classes names {shown(twice[0])} twice.", options=("classes",))
    chosen = ColumnChooser(opener, wanted, notes, Need.of(loss, kind, params))
    roles = _main_roles(chosen, loss, wanted, params.get("layout"))
    inputs = dict(roles)
    numbers = _numbers_taken(roles)
    whole = _roles_of_loss(chosen, loss, params, roles, inputs)
    if wanted.join is None and any(getattr(table, "index", None) is not None for table, _ in roles.values()):
        from .memory.index_pairing import paired_by_index

        roles = paired_by_index(roles, notes)
    if "label" in roles and "label_lengths" in roles and _is_flat(roles["label"]):
        roles["label"] = flat_sequences(roles["label"], roles["label_lengths"])
    names = chosen.matcher.class_names()
    read = _parameters(opener, loss, params, names)
    named = (chosen.matcher.classes if "label" in roles else (), names, chosen.matcher.depends_on_loss)
    models = {role for role in roles if role.startswith(("pred", CANDIDATE))}
    vectors = {*models, *(role.name for role in loss.roles)} if kind == "embeddings" else set()
    tables = list(opener.tables.values())
    _take_notes(tables, notes)
    groups, kept = _group_roles(wanted, roles), _kept_roles(wanted, roles, notes)
    conditions: list[Any] = []
    added: dict[str, Picked] = {}
    if wanted.where:
        from .row_filter.where import where_roles

        conditions, added = where_roles(wanted.where, roles)
    if wanted.join is None:
        if len({table.path for table, _ in roles.values() if table.columns}) > 1:
            from .joins.position_check import key_mismatches

            notes.extend(
                Note(each.note, kind="ids_differ", file=each.other, column=each.column)
                for each in key_mismatches(roles)
            )
        _check_texts(roles, chosen.need)
        plain = _chosen(_by_position({**roles, **added}, vectors, loss, params), conditions, added, numbers)
        _take_notes(tables, notes)
        return Assembly(plain, whole, read, inputs, notes, tables, None, *named, groups, kept)
    from .joins.join import join_by_key

    _check_texts(roles, chosen.need)
    beside = frozenset(added) | {role for role in roles if role.startswith((BY, KEEP))}
    frame, arranged = join_by_key({**roles, **added}, frozenset(vectors), wanted.join, beside)
    _take_notes(tables, notes)
    notes.append(Note(f"Paired {frame.pairing}.", kind="paired"))
    chosen_rows = _chosen(frame, conditions, added, numbers)
    tables = [*tables, *arranged]
    return Assembly(chosen_rows, whole, read, inputs, notes, tables, frame.pairing, *named, groups, kept)


def _roles_of_loss(
    chosen: ColumnChooser, loss: Loss, params: Mapping[str, Any], roles: dict[str, Picked], inputs: dict[str, Picked]
) -> dict[str, Any]:
    """What the loss, --by and --keep take besides: what has rows joins the roles, and other data are read whole."""
    whole: dict[str, Any] = {}
    wanted = chosen.wanted
    if scaled := any(role.scales is not None for role in loss.roles):
        from .history.history_roles import history_roles

        whole = history_roles(loss, chosen, params, roles, inputs)
    for role in loss.roles:
        given = wanted.given.get(role.name)
        if given is None or (scaled and role.name in ("history", "series")):
            continue
        if role.internal:
            raise loss.unknown_argument(role.name)
        picked = chosen.column_or_file(role.name, given, roles)
        if role.names:
            picked = as_names(*picked)
        elif role.rows:
            picked = chosen.matcher.paired(role.name, picked)
        inputs[role.name] = picked
        if role.rows:
            roles[role.name] = picked
        else:
            whole[role.name] = read_whole(*picked)
    if wanted.by:
        from .grouping.group_columns import own_roles

        roles |= own_roles(wanted.by, chosen, roles)
    if wanted.keep:
        from .keeping.kept_columns import own_roles as own_kept_roles

        roles |= own_kept_roles(wanted.keep, chosen, roles)
    return whole


def _group_roles(wanted: InputRequest, roles: dict[str, Picked]) -> tuple[GroupColumn, ...]:
    """The columns of --by; the roles that read them join the others."""
    if not wanted.by:
        return ()
    from .grouping.group_columns import group_columns

    groups, read_for_groups = group_columns(wanted.by, roles, numbers=wanted.numbers_by)
    roles |= read_for_groups
    return tuple(groups)


def _kept_roles(wanted: InputRequest, roles: dict[str, Picked], notes: list[str]) -> tuple[KeptColumn, ...]:
    """The columns of --keep and of the key; the roles that read them join the others."""
    if wanted.keep is None or not (wanted.keep or wanted.join):
        return ()
    from .keeping.kept_columns import kept_columns

    kept, read_beside, said = kept_columns(wanted.keep, wanted.join, roles)
    roles |= read_beside
    notes += [Note(each, kind="column_of_several_files") for each in said]
    return tuple(kept)


def _by_position(roles: Mapping[str, Picked], vectors: set[str], loss: Loss, params: Mapping[str, Any]) -> Frame:
    """The roles side by side; where rows of a loss of sequences do not fit, its layout may be what is wrong."""
    try:
        return Frame(dict(roles), frozenset(vectors))
    except DataProblem as problem:
        if problem.kind == "unpaired_lengths" and any(param.name == "layout" for param in loss.params):
            problem.hint = _layout_hint(roles, params.get("layout") or "ntc") or problem.hint
        raise


def _layout_hint(roles: Mapping[str, Picked], layout: str) -> str:
    """What to type where rows and steps of the predictions may be exchanged."""
    table, pick = roles["pred"]
    shape = table.describe(replace(pick, row_axis=0)).shape
    if len(shape) != 3 or "label" not in roles:
        return ""
    other = "tnc" if layout == "ntc" else "ntc"
    axes = {"ntc": "rows, steps, classes", "tnc": "steps, rows, classes"}
    sides = " x ".join("?" if side is None else str(side) for side in shape)
    rows = roles["label"][0].describe(roles["label"][1]).shape[0]
    if _is_flat(roles["label"]) and "label_lengths" not in roles:
        return "Labels that stand one after the other need --label-lengths FILE; --layout says the predictions' axes."
    if rows is not None and shape[other.index("n")] == rows:
        return f"The predictions are {sides}: if that is {axes[other]}, say --layout {other}."
    return f"The predictions are {sides}, which was read as {axes[layout]}; --layout {other} reads {axes[other]}."


def _check_texts(roles: Mapping[str, Picked], need: Need) -> None:
    """Predictions that are text: the table itself says which cell is no number."""
    for role, (table, pick) in roles.items():
        if (role == "pred" or role.startswith(CANDIDATE)) and table.describe(pick).dtype == "text":
            try:
                next(iter(table.blocks({role: pick}, 1)))()
            except DataProblem as problem:
                if "--classes" in problem.hint:  # which is for labels
                    used = {name for _, other in roles.values() for name in other.columns}
                    others = tuple(name for name in table.columns if name not in used)
                    problem.hint = "Predictions are numbers, or lists of numbers."
                    if others:
                        column = shlex.quote(shown(likeliest(table, "pred", others, need)))
                        problem.hint = f"Predictions are numbers: name another column, such as --pred {column}."
                raise


def _take_notes(tables: list[Table], notes: list[str]) -> None:
    """What the files say of themselves, some of it only once their columns have been looked at."""
    for table in tables:
        notes.extend(note for note in getattr(table, "notes", ()) if note not in notes)


def _main_roles(chosen: ColumnChooser, loss: Loss, wanted: InputRequest, layout: Any) -> dict[str, Picked]:
    """Predictions, labels, weights and mask, and the candidates of a comparison."""
    roles: dict[str, Picked] = {"pred": chosen.pick("pred", wanted.given["pred"])}
    if isinstance(layout, str) and "n" in layout:
        roles["pred"] = (roles["pred"][0], replace(roles["pred"][1], row_axis=layout.index("n")))
    roles["pred"], label = chosen.with_labels(roles["pred"], loss)
    if label is not None:
        roles["label"] = label
    chosen.notes += check_stacking(loss, roles, wanted.text.stack)
    weight = chosen.weight(roles)
    if weight is not None:
        roles["weight"] = chosen.matcher.paired("weight", weight)
    if wanted.given.get("mask") is not None:
        roles["mask"] = chosen.matcher.paired("mask", chosen.pick("mask", wanted.given["mask"]))
    return roles | candidate_roles(chosen, roles)


def _numbers_taken(roles: dict[str, Picked]) -> dict[str, Table]:
    """The roles that have one number for all rows, taken out of those that have rows of their own."""
    numbers = {role: table for role, (table, _) in roles.items() if table.format == "number"}
    for role in numbers:
        del roles[role]
    return numbers


def _chosen(frame: Frame, conditions: list[Any], added: Mapping[str, Picked], numbers: Mapping[str, Table]) -> Frame:
    """The frame with roles of one number for all rows, or the rows of it for which the conditions hold."""
    for role, table in numbers.items():
        frame.with_number(role, table)
    if not conditions:
        return frame
    from .row_filter.where import FilteredFrame

    return FilteredFrame(frame, conditions, added)


def _is_flat(picked: Picked) -> bool:
    table, pick = picked
    if isinstance(table, ArrayTable) and isinstance(table.array, Ragged):
        return False
    return len(table.describe(pick).shape) == 1


def class_values(
    loss: Loss, params: Mapping[str, Any], wanted: InputRequest, names: ColumnNames | None
) -> dict[str, Any]:
    """The parameters, those read that name files; for a loss that shares the roles assembled for another."""
    opener = TableOpener(wanted.text, wanted.opens)
    try:
        return _parameters(opener, loss, params, names)
    finally:
        for table in opener.tables.values():
            table.close()


def _parameters(
    opener: TableOpener, loss: Loss, params: Mapping[str, Any], names: ColumnNames | None
) -> dict[str, Any]:
    """The parameters, those with one value a class read where they name files."""
    read = dict(params)
    for param in loss.params:
        if param.per and isinstance(params.get(param.name), str):
            from .classes.class_values import class_value

            read[param.name] = class_value(opener.table, param, params[param.name], names)
    return read
