"""The fields of struct columns as columns of their own, named by dots: `out.pred` is the field `pred` of `out`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .spark_vectors import is_spark_vector

_DEEPEST = 16  # structs within each other that are looked into


class ColumnPaths:
    """Where each column of a schema is: at the top, or within structs, each field of which is a column.

    Spark's vectors are structs that are read whole. A column at the top wins over a field that has its name.
    """

    def __init__(self, schema: Any) -> None:
        self._types: dict[str, Any] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        taken = frozenset(schema.names)
        names: list[str] = []
        for top in schema:
            for path, kind in _leaves(top, ()):
                name = ".".join(path)
                if len(path) == 1:
                    names.append(name)
                elif name in taken or name in self._paths:
                    continue
                else:
                    names.append(name)
                    self._paths[name] = path
                self._types[name] = kind
        self.names = tuple(names)

    def type_of(self, name: str) -> Any:
        """The Arrow type of a column."""
        return self._types[name]

    def top_of(self, name: str) -> str:
        """The column at the top that holds it."""
        return self._paths[name][0] if name in self._paths else name

    def array(self, batch: Any, name: str) -> Any:
        """The column's array of a record batch; what a null struct holds is null."""
        path = self._paths.get(name, (name,))
        array = batch.column(batch.schema.get_field_index(path[0]))
        if len(path) > 1:
            from pyarrow import compute

            for step in path[1:]:
                array = compute.struct_field(array, [array.type.get_field_index(step)])
        return array


def _leaves(field: Any, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The paths to all that is no struct, in order, and their types."""
    path, kind = (*before, field.name), field.type
    if str(kind).startswith("struct<") and kind.num_fields and not is_spark_vector(kind) and len(path) < _DEEPEST:
        for number in range(kind.num_fields):
            yield from _leaves(kind.field(number), path)
    else:
        yield path, kind
