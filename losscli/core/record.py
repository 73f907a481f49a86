"""Records: what `dataclasses` make, at a fortieth of the cost of a class.

`dataclasses` compile the methods of each class anew at every start, 0.4 ms a class: that was a fifth of a small run.
Here the methods are closures over the names of the fields. Inheritance, defaults, `field(default_factory=)`,
`__post_init__`, `replace` and `fields` are as there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform

Made = TypeVar("Made")
Class = TypeVar("Class", bound=type)

_FIELDS = "__record_fields__"


class _Factory:
    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """A default that each record makes anew."""
    return _Factory(default_factory)


def fields(thing: Any) -> tuple[str, ...]:
    """The names of a record's fields, or of its class's, in order."""
    names: tuple[str, ...] = getattr(thing, _FIELDS)
    return names


def replace(thing: Made, /, **changes: Any) -> Made:
    """A new record with the values of this one but for the changes."""
    values = thing.__dict__
    return type(thing)(**{name: values[name] for name in fields(thing)} | changes)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Class) -> Class:
    """Decorator: the class's annotations are its fields; a record cannot change."""
    return _declared(cls, {"__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse})


@dataclass_transform(field_specifiers=(field,))
def mutable(cls: Class) -> Class:
    """Decorator: a record whose fields can be set, and that has no hash."""
    return _declared(cls, {"__hash__": None})


def _declared(cls: Class, methods: Mapping[str, Any]) -> Class:
    inherited = getattr(cls, _FIELDS, ())
    own = (name for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind))
    names = (*inherited, *(name for name in own if name not in inherited))
    for name, method in {"__init__": _init(cls, names), "__repr__": _repr, "__eq__": _eq, **methods}.items():
        if cls.__dict__.get(name) is None:
            setattr(cls, name, method)
    setattr(cls, _FIELDS, names)
    setattr(cls, "__signature__", _Signature())  # noqa: B010 - a class of any kind may be a record
    return cls


class _Signature:
    """The signature of a record's class for editors and `inspect.signature`, made only when it is asked for."""

    def __get__(self, instance: Any, owner: type) -> Any:
        from inspect import Parameter, Signature, get_annotations

        annotations: dict[str, Any] = {}
        for cls in reversed(owner.__mro__):
            annotations |= get_annotations(cls)
        return Signature(
            [
                Parameter(
                    name,
                    Parameter.POSITIONAL_OR_KEYWORD,
                    default=_default(owner, name, Parameter.empty),
                    annotation=annotations.get(name, Parameter.empty),
                )
                for name in fields(owner)
            ]
        )


def _default(owner: type, name: str, none: Any) -> Any:
    value = getattr(owner, name, none)
    return value.make() if isinstance(value, _Factory) else value


def _init(cls: type, names: tuple[str, ...]) -> Callable[..., None]:
    known = frozenset(names)
    class_values = {name: getattr(cls, name) for name in names if hasattr(cls, name)}
    factories = tuple((name, value.make) for name, value in class_values.items() if isinstance(value, _Factory))
    defaults = {name: value for name, value in class_values.items() if not isinstance(value, _Factory)}
    prepare = getattr(cls, "__post_init__", None)

    def fill(self: Any, /, *args: Any, **given: Any) -> None:
        values = self.__dict__
        if len(args) == len(names) and not given:  # twice as fast, where there are very many
            values.update(zip(names, args, strict=True))
            if prepare is not None:
                prepare(self)
            return
        values.update(defaults)
        values.update(zip(names, args, strict=False))
        values.update(given)
        for name, make in factories:
            if name not in values:
                values[name] = make()
        whole = len(values) == len(names) >= len(args) and given.keys() <= known
        if not whole or (args and not given.keys().isdisjoint(names[: len(args)])):
            raise TypeError(_mistake(cls, names, args, given, values))
        if prepare is not None:
            prepare(self)

    return fill


def _mistake(
    cls: type, names: tuple[str, ...], args: tuple[Any, ...], given: dict[str, Any], values: dict[str, Any]
) -> str:
    if len(args) > len(names):
        return f"{cls.__name__} takes {len(names)} values, got {len(args)}"
    for name in given:
        if name not in names:
            return f"{cls.__name__} has no field {name!r}"
        if name in names[: len(args)]:
            return f"{cls.__name__} got {name!r} twice"
    missing = ", ".join(name for name in names if name not in values)
    return f"{cls.__name__} needs {missing}"


def _values(thing: Any) -> tuple[Any, ...]:
    return tuple([getattr(thing, name) for name in fields(thing)])


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in fields(self))
    return f"{type(self).__qualname__}({inside})"


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    ours, theirs = _values(self), _values(other)
    try:
        if ours == theirs:
            return True
    except ValueError:  # arrays say of each value whether it is the same
        pass
    return all(map(_same, ours, theirs))


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a field are the same: arrays by their values, and NaN is NaN."""
    if hasattr(one, "shape") and hasattr(other, "shape"):
        return bool(one.shape == other.shape and ((one == other) | ((one != one) & (other != other))).all())
    return bool(one == other or (one != one and other != other))


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, value: Any = None) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot change")
