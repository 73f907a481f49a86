"""The laws that every loss is held to: each says what breaks it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..core.declarations.param import Param
from ..core.errors import UsageProblem
from ..core.loss import CallableLoss
from ..core.record import record, replace
from .accuracy import Accuracy
from .cases import broken_case
from .drawing.data_hints import DataHints
from .drawing.draw import draws
from .drawing.drawn import Drawn, legal
from .drawing.parameters import all_forms, values
from .facts import declared_facts
from .formula import compared
from .row_laws import ROW_LAWS, reads_twice


@record
class Subject:
    """A loss, and the data that it is tried with.

    Attributes:
        loss: the loss.
        blocks: the data that were drawn for it.
        hints: what is known of its data beside its declaration.
        accuracy: how far its kernel may be from its formula.
        rows: how many rows of a block are compared with the formula at most.
    """

    loss: CallableLoss
    blocks: list[Drawn]
    hints: DataHints
    accuracy: Accuracy
    rows: int

    @classmethod
    def of(cls, loss: CallableLoss, hints: DataHints, accuracy: Accuracy, *, rows: int = 4, seed: int = 0) -> Subject:
        """The loss with data drawn from this seed."""
        return cls(loss, draws(loss, seed, hints), hints, accuracy, rows)


Law = Callable[[Subject], Iterable[str]]


def says_what_it_is(subject: Subject) -> Iterator[str]:
    """Its docstring, formula and parameters are told in words."""
    loss = subject.loss
    if not loss.summary.strip():
        yield "its kernel has no docstring, so that list and help have nothing to say of it"
    if not loss.formula_text.strip():
        yield "it has no formula in words"
    if not str(loss.source).strip():
        yield "it names no source"
    for param in loss.params:
        if not param.help:
            yield f"its parameter {param.name} says not what it means"


def has_right_examples(subject: Subject) -> Iterator[str]:
    """There are two examples or more, one of them of the first kind of predictions, and each has its value."""
    cases, kinds = subject.loss.cases, {case.arguments.get("input") for case in subject.loss.cases}
    if len(cases) < 2:
        yield f"it has {len(cases)} examples (.case), and needs 2 whose values were computed by hand"
    if cases and not kinds & {None, subject.loss.pred[0]}:
        yield f"none of its examples has {subject.loss.pred[0]}, its first kind of predictions"
    yield from filter(None, (broken_case(subject.loss, case) for case in cases))


def can_be_tried(subject: Subject) -> Iterator[str]:
    """It takes data of each kind of predictions and each form of labels that it declares."""
    for what, declared, drawn in (
        ("predictions", set(subject.loss.pred), {each.kind for each in subject.blocks}),
        ("labels", all_forms(subject.loss), {each.form for each in subject.blocks}),
    ):
        if refused := sorted(declared - drawn):
            yield f"it refuses all {what} of {', '.join(refused)} that were tried, though it declares them"


def kernel_is_the_formula(subject: Subject) -> Iterator[str]:
    """What its kernel computes is what its formula says at 50 digits."""
    if subject.loss.formula_function is None:
        yield "it has no .formula that its kernel could be compared with"
        return
    blocks = [each for each in subject.blocks if each.form not in subject.hints.mixes_rows]
    rows = compared(blocks, subject.rows, subject.accuracy)
    if blocks and not rows:
        yield "its formula gives no value of any row"
    wrong = sorted((each for each in rows if each.wrong), key=lambda each: -each.ulps)
    if wrong:
        yield f"{len(wrong)} of {len(rows)} rows are too far from the formula, the farthest is {wrong[0]}"


def casts_exactly(subject: Subject) -> Iterator[str]:
    """float32 predictions give the bits that the same numbers in float64 give."""
    tried = 0
    for drawn in subject.blocks:
        with np.errstate(under="ignore", over="ignore"):
            single = drawn.pred.astype(np.float32)
        double = legal(replace(drawn, pred=single.astype(np.float64)))
        if double is None or len(double.pred) != len(single):
            continue
        tried += 1
        pair = (double.call(pred=single), double.call())
        for one, other in zip(*(each if isinstance(each, tuple) else (each,) for each in pair), strict=True):
            if one.dtype != np.float64 or not np.array_equal(one, other, equal_nan=True):
                yield f"float32 predictions give other numbers than the same in float64: {drawn}"
                return
    if not tried:
        yield "it takes no predictions in float32"


def refuses_what_is_outside(subject: Subject) -> Iterator[str]:
    """A value outside a parameter's domain is a sentence, one inside is taken; a wrong name is a sentence too."""
    loss = subject.loss
    for param in loss.params:
        for value in param.domain.outside() if param.domain is not None else ():
            if value is not None and not _refused(loss, param.name, value):
                yield f"{param.name}={value!r} is outside its domain, and taken"
        yield from _inside(param)
    if not _refused(loss, "no_such_parameter", 1):
        yield "it takes a parameter that it does not have"


def keeps_its_facts(subject: Subject) -> Iterator[str]:
    """Each fact that it declares is true."""
    try:
        facts = list(declared_facts(subject.loss.facts))
    except TypeError as problem:
        yield str(problem)
        return
    for name, fact in facts:
        broken = next(filter(None, map(fact, subject.blocks)), "")
        if broken:
            yield f"it declares {name!r}, but {broken}"


def rows_are_a_sum(subject: Subject) -> Iterator[str]:
    """Neither the order of rows nor their cut into blocks moves the value, and a weight of 2 is the row twice."""
    blocks = [each for each in subject.blocks if each.form not in subject.hints.mixes_rows]
    blocks = [each for each in blocks if not reads_twice(each)]
    for name, law in ROW_LAWS.items():
        broken = next(filter(None, map(law, blocks)), "")
        if broken:
            yield f"{name}: {broken}"


LAWS: dict[str, Law] = {
    "says what it is": says_what_it_is,
    "has right examples": has_right_examples,
    "can be tried": can_be_tried,
    "kernel is the formula": kernel_is_the_formula,
    "casts exactly": casts_exactly,
    "refuses what is outside": refuses_what_is_outside,
    "keeps its facts": keeps_its_facts,
    "rows are a sum": rows_are_a_sum,
}


def _inside(param: Param) -> Iterator[str]:
    for value in values(param, np.random.default_rng(0)):
        try:
            param.check(value)
        except UsageProblem as problem:
            yield f"{param.name}={value!r} is inside its domain, and refused: {problem}"


def _refused(loss: CallableLoss, name: str, value: object) -> bool:
    try:
        loss.resolve({name: value})
    except UsageProblem:
        return True
    return False
