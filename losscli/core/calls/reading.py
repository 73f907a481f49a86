"""From the text of a call to a loss with its parameters: every argument is honoured, or refused by its name."""

from __future__ import annotations

from typing import Any, NoReturn

from .. import registry
from ..declarations.conventions import FRAMEWORKS
from ..declarations.declaration import Loss
from ..errors import UsageProblem
from ..record import record
from ..safe_text import shown
from . import converters
from .arrays import NotAsItIs, Place, place_of
from .held_numbers import Broadcast, are_weights, gives_rows, list_of, of_classes
from .matching import bad_call, matched, refuse_others
from .names import signatures_of
from .signatures import Argument, Signature
from .syntax import WrittenCall, parsed
from .values import Unknown, literal


@record
class CallMeaning:
    """What a call computes: a loss, its parameters, and options such as `input` and `reduction`.

    `like` is the name of the call, which chooses its preset. `needs` are the arrays beside predictions and labels that
    the call is given, by role, with the argument as it is written: files must be named for them.
    """

    loss: Loss
    like: str
    arguments: dict[str, Any]
    options: dict[str, Any]
    needs: dict[str, str]
    held: dict[str, Any]


def read_call(text: str, loss: Loss | None = None) -> CallMeaning:
    """The meaning of a call as it stands in somebody's code.

    Args:
        text: the call, such as "F.cross_entropy(z, y, ignore_index=255)"; it is parsed and never run.
        loss: the loss that it is to compute; None takes the call's usual one.

    Raises:
        UsageProblem: for what is no call, a name that is not known, an argument that the call does not have or whose
            value the text does not hold, and another loss than the one asked for.
    """
    written = parsed(text)
    problem: UsageProblem | None = None
    for signature in signatures_of(written.name):
        try:
            return _Reading(written, signature, _loss_of(signature, loss)).meaning()
        except UsageProblem as raised:  # the best reason is that of the signature that it comes nearest to
            if problem is None or _RANK.get(raised.kind, 2) > _RANK.get(problem.kind, 2):
                problem = raised
    assert problem is not None
    raise problem


_RANK = {"another_signature": 0, "another_loss": 1}  # reasons that say less than others


def _loss_of(signature: Signature, asked: Loss | None) -> Loss:
    if asked is None:
        return registry.find(signature.losses[0])
    if asked.name in signature.losses:
        return asked
    usual = signature.losses[0]
    raise UsageProblem(
        f"{signature.name} computes {usual}, not {asked.name}.",
        f"Type losscli compute {usual} --like CALL, or leave the loss out.",
        kind="another_loss",
        options=("like",),
    )


class _Reading:
    """One call read by one signature."""

    def __init__(self, written: WrittenCall, signature: Signature, loss: Loss) -> None:
        self.written, self.signature, self.loss = written, signature, loss
        self.arguments: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self.needs: dict[str, str] = {}
        self.held: dict[str, Any] = {}
        self.params = {param.name: param for param in loss.params}
        self.roles = {role.name for role in loss.roles if not role.internal} | {"pred", "label", "weight"}

    def meaning(self) -> CallMeaning:
        given, arrays = matched(self.written, self.signature)
        for name, value in self.signature.settings.items():
            self._set(name, value)
        refuse_others(self.signature, given, self.loss.name)
        for argument in self.signature.arguments:
            self._take(argument, given)
        self._data(arrays)
        if self.written.reduced:
            self._reduced(self.written.reduced)
        if self.options.get("reduction") in ("mean", "sum") and self.loss.class_masks:
            self._of_masks(self.options["reduction"])
        return CallMeaning(self.loss, self.signature.call, self.arguments, self.options, self.needs, self.held)

    # -- what an argument means -----------------------------------------------------------------------------------

    def _take(self, argument: Argument, given: dict[str, Any]) -> None:
        meaning, name = argument.meaning, argument.name
        if meaning in ("-", "must", "not"):
            return
        value = given.get(name, literal(argument.default) if argument.default else None)
        if meaning.partition("!")[0] in self.roles:
            self._array(argument, value)
        elif isinstance(value, Unknown):
            self._unknown(argument, value)
        elif meaning == "only":
            if name in given and value != literal(argument.default) and value is not None:
                self._cannot(argument, value, f"only {name}={argument.default} is computed here")
        elif meaning == "in_order":
            if value is not None and value != tuple(range(len(value) if isinstance(value, tuple) else 0)):
                self._cannot(argument, value, "classes are numbered from 0 here, in their order")
        elif meaning in ("reduction", "reduction!no_sum"):
            if value == "sum" and meaning != "reduction":
                self._cannot(argument, value, "it is the mean of the masks' sums")
            if name in given or argument.default:
                self._reduction(argument, value)
        elif "%" in meaning:
            self._of_classes(argument, value, given)
        elif "-" in meaning:
            self._surplus(argument, value, given)
        elif value is not None:
            self._value(argument, meaning, value)

    def _array(self, argument: Argument, value: Any) -> None:
        """Weights of rows and other arrays, which are in files."""
        role, _, rule = argument.meaning.partition("!")
        if value is None:
            return
        if isinstance(value, Unknown):
            self.needs[role] = f"{argument.name}={value.text}"
            return
        if role != "weight":
            self._cannot(argument, value, f"{role} is read from a file")
        if not are_weights(value):
            self._cannot(argument, value, "weights are numbers of at least 0")
        if value != 1:
            self.held[role] = Broadcast(value) if rule == "broadcast" and isinstance(value, tuple) else value

    def _surplus(self, argument: Argument, value: Any, given: dict[str, Any]) -> None:
        """What an argument has more than another one, such as a denominator's constant than its numerator's."""
        target, _, rest = argument.meaning.partition("-")
        name, _, rule = rest.partition("!")
        than = given.get(name, next(literal(each.default) for each in self.signature.arguments if each.name == name))
        if not isinstance(value, int | float) or value < than:
            self._cannot(argument, value, f"it is no number of at least {name}, which is {than:g}")
        self._value(argument, f"{target}!{rule}", value - than)

    def _of_classes(self, argument: Argument, value: Any, given: dict[str, Any]) -> None:
        """One value a class, of which the list has none for class 0 where the argument behind % is False."""
        target, _, switch = argument.meaning.partition("%")
        if isinstance(value, tuple) and given.get(switch, True) is False:
            value = (1.0, *value)
        if value is not None:
            self._set(target, value, argument)

    def _value(self, argument: Argument, meaning: str, value: Any) -> None:
        if meaning in ("size_average", "reduce"):
            self._old_reduction(meaning, bool(value))
        elif meaning == "multioutput":
            self._outputs(argument, value)
        elif "|" in meaning:
            yes, _, no = meaning.partition("|")
            self._set("input", yes if value else no)
        elif "!" in meaning:
            target, _, rule = meaning.partition("!")
            try:
                converted = converters.CONVERTERS[rule](value)
            except TypeError:
                self._cannot(argument, value, "it is no value of this argument")
            self._set(target, converted, argument)
        else:
            self._set(meaning, value, argument)

    def _set(self, name: str, value: Any, argument: Argument | None = None) -> None:
        if name == "class_axis" and argument is not None and not isinstance(value, int):
            self._cannot(argument, value, "one axis holds the classes here")
        if name in ("input", "reduction", "class_axis", "ignore_label", "count_classes"):
            self.options[name] = value
        elif name not in self.params:
            written = f"{argument.name}={value}" if argument else name
            self._refuse(f"{self.loss.name} has no {name}, which {written} would set.")
        else:
            try:
                broadcast = name == "pos_weight" and FRAMEWORKS[self.signature.like].lists_broadcast
                self.arguments[name] = self.params[name].check(list_of(self.params[name], value, broadcast=broadcast))
            except UsageProblem as problem:
                raise UsageProblem(
                    f"--like: {self.signature.name}: {problem.message}", problem.hint, **problem.fields
                ) from None

    def _reduction(self, argument: Argument, value: Any) -> None:
        options = converters.reduction(self.signature.like, value)
        if options is None:
            self._cannot(argument, value, "it is no reduction that is known here")
        denominator = options.get("denominator")
        if denominator == FRAMEWORKS[self.signature.like].denominator and denominator == "nonzero":
            options = {"reduction": "mean"}
        if options["reduction"] in ("mean", "sum", "none") and options["reduction"] not in self.loss.reductions:
            self._cannot(argument, value, f"{self.loss.name} has no such reduction")
        self.options |= options

    def _reduced(self, name: str) -> None:
        """A mean or a sum of the result: of one number it changes nothing."""
        if self.options.get("reduction", "none" if gives_rows(self.signature) else "") == "none":
            self.options["reduction"] = name

    def _of_masks(self, name: str) -> None:
        """A mean or a sum of one loss a class, all that is left of a batch; other pooled losses have no sum."""
        if self.signature.like == "keras" and self.arguments.get("axes") is None:
            for option in ("reduction", "denominator"):  # one number, whose sum it is
                self.options.pop(option, None)
            return
        over_images = "0" in str(self.arguments.get("axes")).split(",")
        by_class = (self.arguments.get("pool") == "batch" or over_images) and "dice_weight" not in self.params
        if by_class or (name == "mean" and self.loss.finish_when(self.loss.resolve(self.arguments))):
            del self.options["reduction"]
        if by_class and name == "sum" and "class_mean" in self.params:
            self.arguments["class_mean"] = "sum"

    def _old_reduction(self, name: str, value: bool) -> None:
        """What PyTorch had before `reduction`: reduce=False is none, size_average=False a sum."""
        if name == "reduce" and not value:
            self.options["reduction"] = "none"
        elif name == "size_average" and not value and self.options.get("reduction") != "none":
            self.options["reduction"] = "sum"

    def _outputs(self, argument: Argument, value: Any) -> None:
        if isinstance(value, tuple) and all(isinstance(each, int | float) for each in value):
            self.options["column_weights"] = ",".join(f"{weight:.17g}" for weight in value)
        elif value != "uniform_average":
            self._cannot(argument, value, "it is not one number, or not a mean of columns")

    # -- the arrays -------------------------------------------------------------------------------------------------

    def _data(self, arrays: dict[str, Any]) -> None:
        """What the predictions and labels are made of, and what else is given."""
        places: dict[str, Place] = {}
        axis = FRAMEWORKS[self.signature.like].class_axis
        for argument in self.signature.data:
            value = arrays.get(argument.name)
            if argument.meaning in ("pred", "label"):
                try:
                    places[argument.meaning] = place_of(value, axis if argument.meaning == "pred" else None)
                except NotAsItIs as changed:
                    self._changed(argument, str(changed))
            elif value is not None:
                self._array(argument, value)
        pred, label = places.get("pred", Place()), places.get("label", Place())
        if pred.axis is not None and "class_axis" not in self.options and of_classes(self.loss):
            self.options["class_axis"] = pred.axis
        if pred.flat and self.loss.flat_is_one_row:
            self._refuse(
                "the call makes one row of all elements.",
                "Save the flattened arrays, or give the loss its own options.",
            )
        if pred.cut or label.cut:
            self._shifted(pred.cut, label.cut)

    def _shifted(self, pred: int, label: int) -> None:
        if pred != -label or pred > 0:
            self._refuse(
                "the slices of predictions and labels leave out different positions.",
                "Save the arrays as the call takes them, or use --shift.",
            )
        self.options["shift"] = label

    def _changed(self, argument: Argument, text: str) -> NoReturn:
        text = shown(text, 40)
        self._refuse(
            f"{self.signature.name} takes {text} for its {argument.name}; a file may hold that, or what it is made of.",
            f"If it holds {text}, write a name such as x in its place; if not, take another call or --input.",
        )

    # -- refusals ---------------------------------------------------------------------------------------------------

    def _unknown(self, argument: Argument, value: Unknown) -> NoReturn:
        option = argument.meaning.partition("!")[0].replace("_", "-")
        instead = f" and say it with --{option}" if option in {name.replace("_", "-") for name in self.params} else ""
        self._refuse(
            f"the value of {shown(value.text, 40)} is not in the call.",
            f"Write {argument.name}'s number in its place, or leave {argument.name} out{instead}.",
        )

    def _cannot(self, argument: Argument, value: Any, why: str) -> NoReturn:
        text = list(value) if isinstance(value, tuple) else value
        self._refuse(f"{self.signature.name} with {argument.name}={text!r} cannot be computed: {why}.")

    def _refuse(self, text: str, hint: str = "", kind: str = "bad_call") -> NoReturn:
        raise bad_call(text, hint, kind)
