from __future__ import annotations

from rpn_core.anchors.census import LevelCensus, anchor_census
from rpn_core.anchors.lay import lay_anchors
from rpn_core.settings import AnchorSettings


def test_counts_can_be_checked_by_hand():
    # 2 x 2 cells of 16 px, centres at 8 and 24. Squares of 16 stay inside 32 x 32 (touching is
    # not crossing); squares of 20 leave it on two sides each. The second level has no shape.
    settings = AnchorSettings(sizes=((16, 20), ()), aspect_ratios=((1,), (1,)))
    anchors = lay_anchors(((2, 2), (1, 1)), (32, 32), (16, 32), settings)
    assert anchor_census(anchors, (32, 32)) == (
        LevelCensus((2, 2), 2, 8, 4),
        LevelCensus((1, 1), 0, 0, 0),
    )
