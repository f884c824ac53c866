"""The settings as a page of the documentation, docs/settings.md: `make docs` writes it."""

from __future__ import annotations

from rpn_core.messages import tr
from rpn_core.settings.declare import (
    Choice,
    Declared,
    Number,
    NumbersPerLevel,
    Setting,
    ShapesPerLevel,
)
from rpn_core.settings.spelling import spell
from rpn_core.settings.whole import BY_NAME, DECLARED


def settings_table() -> str:
    """A Markdown table with a row for each setting, made from its declaration."""
    head = (
        tr("Setting"), tr("On the page"), tr("In a link"), tr("Values"), tr("Default"),
        tr("Applies"), tr("What it does"),
    )  # fmt: skip
    rows = [_cells(entry) for entry in DECLARED]
    lines = [" | ".join(row) for row in (head, ["---"] * len(head), *rows)]
    return "".join(f"| {line} |\n" for line in lines)


def _cells(entry: Declared) -> tuple[str, ...]:
    setting = entry.setting
    return (
        f"`{entry.name}`",
        str(setting.label),
        f"`{setting.key}`",
        _values(setting),
        _default(entry),
        _when(entry),
        str(setting.reason).replace("|", "\\|"),
    )


def _values(setting: Setting) -> str:
    if isinstance(setting, Choice):
        return ", ".join(f"`{name}`" for name in setting.options)
    if isinstance(setting, ShapesPerLevel):
        return tr(
            "for each level a list of width x height, {unit}, or none; sqrt(width x height) "
            "{low} to {high}, height / width {least} to {most}",
            unit=setting.unit, low=spell(setting.low), high=spell(setting.high),
            least=spell(setting.least_ratio), most=spell(setting.most_ratio),
        )  # fmt: skip
    if not isinstance(setting, Number):
        return tr("on or off")
    low, high, unit = spell(setting.low), spell(setting.high), setting.unit
    if isinstance(setting, NumbersPerLevel):
        return tr("for each level a list of {low} to {high}, {unit}", low=low, high=high, unit=unit)
    return tr("{low} to {high}, {unit}", low=low, high=high, unit=unit)


def _default(entry: Declared) -> str:
    if isinstance(entry.setting, Choice):
        return f"`{entry.default}`"
    if isinstance(entry.setting, NumbersPerLevel):
        return tr("the model's own")
    if isinstance(entry.setting, ShapesPerLevel):
        return tr("none")
    if not isinstance(entry.setting, Number):
        return tr("on") if entry.default else tr("off")
    return f"{entry.default:.4g}"


def _when(entry: Declared) -> str:
    when = entry.setting.when
    if when is None:
        return tr("always")
    label = BY_NAME[f"{entry.slice}.{when.field}"].setting.label
    values = tuple(f"`{value}`" for value in when.values)
    return tr("with {label} {values}", label=label, values=values)


HEAD = """\
# Settings

Made from the declarations in `rpn_core/settings/` by `make docs`. A setting is named by its slice:
so it stands in a settings file, `"nms": {"nms_thresh": 0.5}`, and in the library. In a link only
what differs from the preset is written, by its short key: `?nms=0.5`.

"""

if __name__ == "__main__":
    print(HEAD + settings_table(), end="")
