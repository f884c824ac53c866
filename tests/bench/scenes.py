"""The pictures that are measured: from few anchors to as many as a detector of our time has."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE = "astronaut"
SLIDER = "Size of all anchors"


@dataclass(frozen=True, slots=True)
class BenchScene:
    """How many anchors lie on the photo, and the link that lays them.

    Attributes:
        anchors: R, all of them scored by the bundled model.
        query: settings over that model's own, as `rpn_core.settings.url` spells them.
        path: of the page, "" for the first one.
    """

    anchors: int
    query: dict[str, str]
    path: str = ""


# 320 px is a small input: the network costs the naive page less than the default 448 px would.
# Cells at strides 8, 16, 32, 64: 1600, 400, 100, 25.
# 1600 * 1 + 400 * 1
FEW = BenchScene(2000, {"min": "320", "sizes": "32_64_none_none", "ratios": "1"})
# 1600 * (3 * 3) + 400 * (2 * 2) + 100 * (2 * 3) + 25 * (1 * 2); as many as in the paper
PAPER = BenchScene(
    16650,
    {
        "min": "320",
        "sizes": "24-32-48_64-102_128-203_256",
        "ratios": "0.5-1-2_0.7-1.4_0.5-1-2_0.5-2",
    },
)
SCENES = (
    # 100 * (1 * 2) + 25 * (1 * 4)
    BenchScene(
        300,
        {"min": "320", "sizes": "none_none_128_256", "ratios": "none_none_0.5-1_0.5-0.8-1.25-2"},
    ),
    FEW,
    PAPER,
)

# The page without anything; see bare_app.
BARE = BenchScene(0, {})

# The bundled model's own anchors, which most people see.
OWN = BenchScene(37485, {})
# As many as torchvision's FPN lays on 800 x 1088 (217,413). A photo of 800 x 1013, padded to
# 800 x 1024: 12800 cells * (5 * 3) + 3200 * (2 * 3) + 800 * 7 + 208 * 1
MOST = BenchScene(
    217008,
    {
        "photo": "coins",
        "min": "800",
        "max": "1333",
        "sizes": "16-24-32-40-48_64-102_128-160-203-228-240-250-256_256",
        "ratios": "0.5-1-2_0.5-1-2_1_1",
    },
)
