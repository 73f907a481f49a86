"""What the public losses of frameworks take, as data: which of losscli's parameters or files each argument is.

An argument is written `NAME`, `NAME:MEANING` or `NAME:MEANING=DEFAULT`. Without a meaning it is the parameter of the
loss, the option or the array of its own name. The other meanings are

    PARAMETER, ROLE    the parameter or the array that it is here: weight:class_weights, var:variance
    PARAMETER!RULE     the parameter, after a rule of `converters`
    weight!broadcast   weights that go along the predictions by their last axes, as arrays are broadcast
    PARAMETER-NAME!RULE  the parameter is what the value is more than that of the argument NAME, after a rule
    A|B                yes makes the predictions A, no makes them B: from_logits:logits|probs
    only               it may have its default alone, since nothing else is computed here
    reduction!no_sum   the reduction, whose sum is another one
    in_order           it may list the classes in their order alone: 0, 1, 2
    must               it must be given, with this value, since with another it is another loss or another signature
    not                it must not have this value, since with it the call is another one
    PARAMETER%NAME     one value a class, without one for class 0 where the argument NAME is False
    -                  it changes no number

After a `*` arguments must be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..record import field, record


@record
class Argument:
    """One argument: its name, what it means here, its default as Python writes it, and whether it must be named."""

    name: str
    meaning: str
    default: str = ""
    keyword_only: bool = False


@record
class Signature:
    """A public function or class.

    `losses` are the losses that it computes, the usual one first. `data` are the arrays that it is given; a class gets
    them when its object is called, and `arguments` are those of its constructor. `call` is the name that the presets
    of the losses use for it, and `settings` are parameters and options that follow from its name alone.
    """

    name: str
    like: str
    losses: tuple[str, ...]
    data: tuple[Argument, ...]
    arguments: tuple[Argument, ...]
    call: str
    is_class: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


@record
class Library:
    """A module of a framework whose functions and classes take their arrays in one order."""

    like: str
    module: str
    data: str

    def function(self, name: str, losses: str, arguments: str = "", **facts: Any) -> Signature:
        """A function, which takes arrays and arguments at once."""
        return self._signature(name, losses, arguments, False, **facts)

    def made(self, name: str, losses: str, arguments: str = "", **facts: Any) -> Signature:
        """A class, whose object takes the arrays."""
        return self._signature(name, losses, arguments, True, **facts)

    def _signature(
        self, name: str, losses: str, arguments: str, is_class: bool, data: str = "", call: str = "", **settings: Any
    ) -> Signature:
        full = f"{self.module}.{name}"
        return Signature(
            full,
            self.like,
            tuple(losses.split()),
            _arguments(data or self.data),
            _arguments(arguments),
            call or full,
            is_class,
            settings,
        )


def _arguments(text: str) -> tuple[Argument, ...]:
    return tuple(_each_argument(text))


def _each_argument(text: str) -> Iterator[Argument]:
    keyword_only = False
    for word in text.split():
        if word == "*":
            keyword_only = True
            continue
        head, _, default = word.partition("=")
        name, colon, meaning = head.partition(":")
        yield Argument(name, meaning if colon else name, default, keyword_only)
