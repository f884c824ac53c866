"""The decode formula of one anchor, with its numbers filled in, as LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rpn_core.messages import Message, msg
from rpn_core.results.trace import Box, Trace

Step = Literal["score", "anchor", "decode", "corners", "clip", "original"]


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """One quantity: `symbol = rule = filled = value`.

    Attributes:
        step: the part of the way it belongs to, to group lines by.
        symbol, rule, filled: LaTeX; `filled` is the rule with this anchor's numbers, shown with
            3 decimals of a pixel and 6 significant digits of a score, logit, delta or factor.
        value: what the core computed, not what `filled` evaluates to; a test holds them equal.
        note: one remark for a person, or None.
    """

    step: Step
    symbol: str
    rule: str
    filled: str
    value: float
    note: Message | None = None

    @property
    def latex(self) -> str:
        """The line for a formula renderer, broken at each equals sign to fit a phone."""
        return (
            rf"\begin{{aligned}} {self.symbol} &= {self.rule} \\ "
            rf"&= {self.filled} \\ &= {self.shown_value} \end{{aligned}}"
        )

    @property
    def shown_value(self) -> str:
        return _digits(self.value) if self.step == "score" else _decimals(self.value)


def _decimals(value: float) -> str:
    """Up to 3 decimals, without trailing zeros and without -0."""
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def _digits(value: float) -> str:
    """6 significant digits; an exponent as a power of ten."""
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return mantissa if not exponent else rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def _in_brackets(text: str) -> str:
    """A negative number or a product, so that it can stand after any sign."""
    return f"({text})" if text.startswith("-") or " " in text else text


def _px(value: float) -> str:
    return _in_brackets(_decimals(value))


def _number(value: float) -> str:
    return _in_brackets(_digits(value))


def _score(trace: Trace) -> FormulaLine:
    return FormulaLine(
        "score", "s", r"1 / (1 + \exp(-t))", rf"1 / (1 + \exp(-{_number(trace.logit)}))",
        trace.score, msg("t is the logit, s the probability of foreground"),
    )  # fmt: skip


def _anchor(trace: Trace) -> list[FormulaLine]:
    x1, y1, x2, y2 = (_px(side) for side in trace.anchor_box)
    steps = trace.decoding
    return [
        FormulaLine("anchor", "w_a", "x_2 - x_1", f"{x2} - {x1}", steps.wa),
        FormulaLine("anchor", "h_a", "y_2 - y_1", f"{y2} - {y1}", steps.ha),
        FormulaLine("anchor", "x_a", "(x_1 + x_2) / 2", f"({x1} + {x2}) / 2", steps.cxa),
        FormulaLine("anchor", "y_a", "(y_1 + y_2) / 2", f"({y1} + {y2}) / 2", steps.cya),
    ]


def _centre(axis: str, delta: float, side: tuple[str, float], at: float, out: float) -> FormulaLine:
    name, length = side
    return FormulaLine(
        "decode", f"c_{axis}", rf"d_{axis} \cdot {name}_a + {axis}_a",
        rf"{_number(delta)} \cdot {_px(length)} + {_px(at)}", out,
    )  # fmt: skip


def _stretch(name: str, delta: float, length: float, trace: Trace, out: float) -> FormulaLine:
    clamp = trace.decoding.clamp
    note = None
    if delta > clamp:
        note = msg(
            "d{side} = {delta:.4g} met its upper bound {clamp:.4g}: the box grows no further",
            side=name,
            delta=delta,
            clamp=clamp,
        )
    return FormulaLine(
        "decode", name, rf"{name}_a \cdot \exp(\min(d_{name}, {clamp:.4f}))",
        rf"{_px(length)} \cdot \exp(\min({_digits(delta)}, {clamp:.4f}))", out, note,
    )  # fmt: skip


def _decode(trace: Trace) -> list[FormulaLine]:
    dx, dy, dw, dh = trace.deltas
    d = trace.decoding
    return [
        _centre("x", dx, ("w", d.wa), d.cxa, d.cx),
        _centre("y", dy, ("h", d.ha), d.cya, d.cy),
        _stretch("w", dw, d.wa, trace, d.w),
        _stretch("h", dh, d.ha, trace, d.h),
    ]


def _corners(trace: Trace) -> list[FormulaLine]:
    d = trace.decoding
    parts = (("x", "w", d.cx, d.w), ("y", "h", d.cy, d.h))
    return [
        FormulaLine(
            "corners", f"{axis}_{number}", f"c_{axis} {sign} {side} / 2",
            f"{_px(centre)} {sign} {_px(length)} / 2", value,
        )
        for (number, sign, values) in (
            (1, "-", trace.decoded_box[:2]),
            (2, "+", trace.decoded_box[2:]),
        )
        for (axis, side, centre, length), value in zip(parts, values, strict=True)
    ]  # fmt: skip


_CORNERS = (("x", 1), ("y", 1), ("x", 2), ("y", 2))


def _clip(trace: Trace) -> list[FormulaLine]:
    height, width = trace.image_hw
    return [
        FormulaLine(
            "clip", f"{axis}'_{number}",
            rf"\min(\max({axis}_{number}, 0), {'W' if axis == 'x' else 'H'})",
            rf"\min(\max({_px(before)}, 0), {width if axis == 'x' else height})", after,
        )
        for (axis, number), before, after in zip(
            _CORNERS, trace.decoded_box, trace.clipped_box, strict=True
        )
    ]  # fmt: skip


def _original(trace: Trace) -> list[FormulaLine]:
    factors: Box = trace.to_original * 2
    return [
        FormulaLine(
            "original", rf"\hat{{{axis}}}_{number}", rf"{axis}'_{number} \cdot f_{axis}",
            rf"{_px(clipped)} \cdot {_number(factor)}", value,
        )
        for (axis, number), clipped, factor, value in zip(
            _CORNERS, trace.clipped_box, factors, trace.original_box, strict=True
        )
    ]  # fmt: skip


def formula_lines(trace: Trace) -> tuple[FormulaLine, ...]:
    """Write every step from the logit and the anchor to the box in the original photo.

    Returns:
        21 lines in reading order: score (1), anchor (4), decode (4), corners (4), clip (4),
        original (4).
    Source: the formula is that of `rpn_core.geometry.box_coder.decode` (tests/unit/test_trace.py).
    """
    return (
        _score(trace),
        *_anchor(trace),
        *_decode(trace),
        *_corners(trace),
        *_clip(trace),
        *_original(trace),
    )
