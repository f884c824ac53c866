"""One palette for canvas and charts: safe for colour blindness, readable in light and dark.

Colour never carries a meaning alone: fates also differ by dash and width, levels by width (the
coarser the level, the thicker its line), scores are printed beside what they colour.
"""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.stages.fate import Fate


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a line is drawn.

    Attributes:
        colour: #rrggbb.
        dash: lengths in px of line and gap, alternating; empty for a solid line.
        width: px.
    """

    colour: str
    dash: tuple[int, ...]
    width: float

    @property
    def plotly_dash(self) -> str:
        """The dash as Plotly's `line.dash` wants it.

        >>> LineStyle("#56b4e9", (6, 3), 1).plotly_dash
        '6px,3px'
        >>> LineStyle("#56b4e9", (), 1).plotly_dash
        'solid'
        """
        return ",".join(f"{length}px" for length in self.dash) or "solid"


# Okabe & Ito, "Color Universal Design", 2008, without black and yellow: each of these six has
# contrast enough on white and on Streamlit's dark background. One a level, finest level first.
LEVEL_COLOURS: tuple[str, ...] = (
    "#56b4e9",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#d55e00",
    "#0072b2",
)

FATE_STYLES: dict[Fate, LineStyle] = {
    Fate.CROSSES_BORDER: LineStyle("#009e73", (1, 4), 1),
    Fate.BELOW_PRE_NMS_TOP_N: LineStyle("#8c96a5", (2, 6), 1),
    Fate.TOO_SMALL: LineStyle("#e69f00", (1, 2), 1),
    Fate.BELOW_SCORE: LineStyle("#0072b2", (8, 3, 2, 3), 1),
    Fate.SUPPRESSED: LineStyle("#d55e00", (6, 4), 1.5),
    Fate.BEYOND_POST_NMS_TOP_N: LineStyle("#cc79a7", (2, 3), 1.5),
    Fate.KEPT: LineStyle("#56b4e9", (), 2),
}

# Ground-truth objects: white on a dark casing, with thick corners that nothing else has. They lie
# above every other box and must stand out from all colours of these.
OBJECT_STYLE = LineStyle("#ffffff", (), 2)
CROWD_STYLE = LineStyle("#ffffff", (3, 3), 2)

# Viridis from its blue upward (its darkest fifth would vanish on a dark photo and a dark page):
# lightness grows with the score, so the order survives in grey. A valid Plotly colorscale.
SCORE_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#414487"),
    (0.2, "#31688e"),
    (0.4, "#21918c"),
    (0.6, "#35b779"),
    (0.8, "#90d743"),
    (1.0, "#fde725"),
)
