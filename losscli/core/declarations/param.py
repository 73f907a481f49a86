"""Parameters and roles of a loss, as its kernel's signature declares them.

`Param` is the only owner of a parameter's rules: the command line, the Python call and the tests all
ask it, so that a bad value gets the same sentence on every road.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from ..errors import UsageProblem
from ..record import record, replace
from .domain import AxesList, Choice, Domain, Guard

SERIES_SCALE = "series_scale"
_NOUNS = {float: "a number", int: "a whole number", bool: "yes or no", str: "a word"}


class ClassValues(tuple[Any, ...]):
    """One value a class that came in an array: so many axes of length 1 stand behind the classes.

    `says_axis` is whether the array's shape says which axis of the predictions it goes along.
    """

    trailing: int = 0
    says_axis: bool = False

    @classmethod
    def of(cls, array: Any) -> ClassValues | None:
        """The values of an array with one axis that is longer than 1, such as (3, 1, 1); None where it has several."""
        long = [axis for axis, side in enumerate(array.shape) if side != 1]
        if len(long) > 1 or array.ndim < 2:
            return None
        values = cls(array.reshape(-1).tolist())
        # a column (3, 1) is a file's way to write a list; an axis of classes has more behind it, or rows before it
        values.trailing = array.ndim - 1 - long[0] if long and array.ndim > 2 else 0
        values.says_axis = values.trailing > 0
        return values

    @classmethod
    def broadcast(cls, array: Any) -> ClassValues | None:
        """The values of an array that goes along the last axes of predictions: (3,) the last, (3, 1) the one before."""
        long = [axis for axis, side in enumerate(array.shape) if side != 1]
        if len(long) != 1:
            return None
        values = cls(array.reshape(-1).tolist())
        values.trailing, values.says_axis = array.ndim - 1 - long[0], True
        return values

    def checked(self, check: Callable[[object], Any]) -> ClassValues:
        """The same with every value checked."""
        values = ClassValues(map(check, self))
        values.trailing, values.says_axis = self.trailing, self.says_axis
        return values


@record
class Param:
    """A parameter of a loss: its meaning and its domain. `per="class"` also takes one value a class,
    `per="column"` one a column.

    `knob=True` marks what no paper has and some framework does: presets set it. `usual` are values to try when a
    number's settings are searched for.
    """

    help: str
    domain: Domain | None = None
    per: str = ""
    knob: bool = False
    usual: tuple[Any, ...] = ()
    name: str = ""
    kind: type = float
    default: Any = None
    optional: bool = False

    def rule(self) -> str:
        """The rule in words, for help and for errors."""
        if isinstance(self.domain, Choice | Guard | AxesList):
            return str(self.domain)
        text = _NOUNS[self.kind] + (f" {self.domain}" if self.domain else "")
        return text + (f", or one a {self.per}" if self.per else "")

    def _refuse(self, value: object) -> UsageProblem:
        shown = value if isinstance(value, str) else repr(value)
        return UsageProblem(
            f"{self.name} must be {self.rule()}, got {shown}.", kind="bad_parameter", options=(self.name,)
        )

    def _number(self, value: object) -> Any:
        if self.kind is bool:
            if isinstance(value, bool):
                return value
            raise self._refuse(value)
        if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
            value = value.item()
        if self.kind is str or isinstance(value, bool):
            converted: object = value
        elif self.kind is int and isinstance(value, float) and value.is_integer():
            converted = int(value)
        elif self.kind is float and isinstance(value, int):
            converted = float(value)
        else:
            converted = value
        if not isinstance(converted, self.kind) or (isinstance(converted, bool) and self.kind is not bool):
            raise self._refuse(value)
        if self.domain is not None and not self.domain.contains(converted):
            raise self._refuse(value)
        return converted

    def check(self, value: Any) -> Any:
        """The value, converted to its kind; a value outside the domain is a UsageProblem. "none" is None."""
        if self.optional and (value is None or (isinstance(value, str) and value == "none" and self.kind is not str)):
            return None
        if self.per and getattr(value, "ndim", 0) > 1:
            value = ClassValues.of(value) or value
        if self.per and isinstance(value, ClassValues):
            return value.checked(self._number)
        listed = value.tolist() if hasattr(value, "tolist") else value
        if self.per and isinstance(listed, list | tuple):
            return tuple(map(self._number, listed))
        return self._number(value)

    def parse(self, text: str) -> Any:
        """The value from the command line's text, checked."""
        if self.kind is str or (text == "none" and self.optional):
            return self.check(text)
        parts = text.split(",") if self.per and "," in text else [text]
        try:
            numbers = [_to_number(part, self.kind) for part in parts]
        except ValueError:
            raise self._refuse(text) from None
        try:
            return self.check(numbers if len(parts) > 1 else numbers[0])
        except UsageProblem:
            raise self._refuse(text) from None  # with the text as it was typed


def _to_number(text: str, kind: type) -> float | int:
    if kind is int:
        return int(text)
    return float(text)


_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def value_of(param: Param, value: Any) -> Any:
    """The value of a parameter, from its text or from what it stands for; a wrong one is a UsageProblem."""
    if not isinstance(value, str):
        return param.check(value)
    if param.kind is bool:
        return param.check(_WORDS.get(value.lower(), value))
    if param.per and not is_numeric(value) and not (value == "none" and param.optional):
        return value  # a SPEC of a file with one value a class; read when the files are opened
    return param.parse(value)


def is_numeric(text: str) -> bool:
    """Whether a text is a number, or numbers with commas between them."""
    try:
        [float(part) for part in text.split(",")]
    except ValueError:
        return False
    return True


def written(value: Any) -> str:
    """The text that reads back as this value."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, tuple | list):
        return ",".join(map(written, value))
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


@record
class Role:
    """An array beside predictions and labels. `rows=False` marks one that is read whole (centres, a matrix);
    `internal=True` marks one only `prepare` supplies; the command line does not offer it. `names=True` marks one whose
    values are names, of batches, which may be texts. `scales` marks the history of several series: f(values, series,
    count, season) gives the scale of each, and the number of differences that it is a mean of; the internal role
    SERIES_SCALE gets the scale of each row's series.
    """

    help: str
    shape: str
    rows: bool = True
    whole_number: bool = False
    internal: bool = False
    names: bool = False
    scales: Callable[..., Any] | None = None
    name: str = ""
    required: bool = False

    @property
    def supplied(self) -> bool:
        """Whether it is made of other roles as files are opened, and joins the rows."""
        return self.name == SERIES_SCALE


def declared(kernel: Callable[..., Any]) -> tuple[tuple[Param, ...], tuple[Role, ...], tuple[str, ...]]:
    """Parameters, roles and wanted context of a kernel, read from its keyword-only arguments.

    An argument annotated with neither Param nor Role is context (`input`, `form`, ...), which binding supplies.
    """
    params: list[Param] = []
    roles: list[Role] = []
    context: list[str] = []
    defaults = kernel.__kwdefaults__ or {}
    code = kernel.__code__
    annotations = _annotations(kernel)
    start = code.co_argcount
    for name in code.co_varnames[start : start + code.co_kwonlyargcount]:
        base, marks = _unpack(annotations.get(name))
        mark = next((m for m in marks if isinstance(m, Param | Role)), None)
        if isinstance(mark, Param):
            kind, optional = _plain(base)
            if name not in defaults:
                raise TypeError(f"{kernel.__name__}: parameter {name} needs a default")
            default = defaults[name]
            params.append(replace(mark, name=name, kind=kind, optional=optional, default=default))
        elif isinstance(mark, Role):
            roles.append(replace(mark, name=name, required=name not in defaults))
        else:
            context.append(name)
    return tuple(params), tuple(roles), tuple(context)


def _annotations(kernel: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations of a kernel, evaluated where `from __future__ import annotations` made them texts."""
    if not any(isinstance(each, str) for each in kernel.__annotations__.values()):
        return kernel.__annotations__
    from typing import get_type_hints

    try:
        return get_type_hints(kernel, include_extras=True)
    except NameError as problem:
        raise TypeError(f"{kernel.__name__}: its annotations need what its module does not have: {problem}") from None


def _unpack(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        base, *marks = get_args(annotation)
        return base, tuple(marks)
    return annotation, ()


def _plain(base: Any) -> tuple[type, bool]:
    """The one plain type in an annotation such as `float | None`, and whether None is allowed."""
    if get_origin(base) in (types.UnionType, Union):
        members = get_args(base)
        plain = [m for m in members if m in (float, int, bool, str)]
        return plain[0], type(None) in members
    return base, False
