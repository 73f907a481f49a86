"""What `inspect` found, as data and as words: the one source of its table and its plain text."""

from __future__ import annotations

from typing import Any

from ...core.diagnostics import NOTE, Alarm, InputDescription, LossProfile
from ...core.record import field, record
from ..model import Input, common_document
from .shown_digits import number

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*#@"
Lines = list[tuple[str, str]]


@record
class Inspection:
    """Descriptions of the inputs, and alarms. `paired` says whether there were labels to look at."""

    inputs: list[InputDescription]
    alarms: list[Alarm] = field(default_factory=list)
    files: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    paired: bool = False
    elapsed_s: float = 0.0
    profile: LossProfile | None = None

    @property
    def has_alarms(self) -> bool:
        """Whether anything is wrong; what is only worth knowing is not."""
        return any(alarm.severity != NOTE for alarm in self.alarms)

    def to_dict(self) -> dict[str, Any]:
        """The document."""
        document = common_document("inspect", self.inputs, self.files)
        alarms = [alarm.to_dict() for alarm in self.alarms]
        profile = {} if self.profile is None else {"profile": self.profile.to_dict()}
        return {**document, "alarms": alarms, **profile, "warnings": self.warnings, "elapsed_s": self.elapsed_s}


def description_lines(each: InputDescription, *, unicode: bool = True) -> Lines:
    """A description as (what, value), its role and file first."""
    shape = " x ".join("?" if side is None else str(side) for side in each.shape)
    lines = [(each.role, each.name), ("holds", f"{each.format}, {each.dtype}, {shape}")]
    numbers = (each.minimum, each.maximum, each.mean, each.deviation)
    if each.minimum is not None and each.maximum is not None:
        low, high, mean, deviation = ("" if value is None else number(value, 6) for value in numbers)
        lines.append(("range", f"{low} ... {high}"))
        lines.append(("mean", f"{mean}, standard deviation {deviation}"))
    gone = [f"{count} {what}" for what, count in each.counts.items() if count]
    different = "more than 1024 different" if each.distinct is None else f"{each.distinct} different"
    if each.dtype != "text":
        lines.append(
            ("values", ", ".join([different, *gone]) if gone else f"{different}, none missing, NaN or infinite")
        )
    if len(each.sketch) > 1:
        lines.append(("sketch", sketch(each.sketch, BLOCKS if unicode else ASCII)))
    for at, kind in enumerate(each.kinds):
        lines.append(("looks like" if at == 0 else "or", f"{kind.kind}: {kind.reason}"))
    return lines


def sketch(counts: tuple[int, ...], levels: str) -> str:
    """Counts as a line of bars; what is there at all has one."""
    most = max(counts)
    top = len(levels) - 1
    return "[" + "".join(levels[0 if not count else max(1, round(top * count / most))] for count in counts) + "]"


def alarm_count(report: Inspection) -> str:
    """How many alarms there are; empty where nothing could be looked for."""
    count = len([alarm for alarm in report.alarms if alarm.severity != NOTE])
    if count:
        return "1 alarm." if count == 1 else f"{count} alarms."
    if report.paired:
        return "No alarm: nothing looks mis-paired or mis-declared."
    return ""


def alarm_lines(alarm: Alarm) -> Lines:
    """An alarm as (what, value), its name first."""
    return [(alarm.severity, alarm.id), ("evidence", alarm.evidence), ("fix", alarm.fix)]
