"""Regions of the VGG Image Annotator, which its JSON has in a list and its CSV in each line.

A region is a shape and a bag of attributes, one of which names its category.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rpn_core.labels.formats.rows import number
from rpn_core.labels.formats.shapes import Box, Drawn, around, around_ellipse

# What people call the attribute with the category; else the first one is it.
_CATEGORY = ("label", "class", "category", "class_name", "name", "type", "object")


def box_of_region(shape: Mapping[str, Any], drawn: Drawn) -> Box | None:
    """The upright box of shape_attributes, or None where it has no extent; `drawn` counts both."""
    kind = shape.get("name")
    if kind in ("point", "polyline"):
        drawn.left_out += 1
        return None
    if kind == "rect":
        x, y, width, height = (number(shape.get(key)) for key in ("x", "y", "width", "height"))
        return x, y, x + width, y + height
    drawn.upright += 1
    if kind in ("circle", "ellipse"):
        cx, cy = number(shape.get("cx")), number(shape.get("cy"))
        rx, ry = (number(shape.get(key, shape.get("r"))) for key in ("rx", "ry"))
        return around_ellipse(cx, cy, rx, ry, number(shape.get("theta", 0)))
    xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
    return around(
        [number(x) for x in xs] if isinstance(xs, list) else [],
        [number(y) for y in ys] if isinstance(ys, list) else [],
    )


def category_of_region(attributes: Mapping[str, Any]) -> str:
    """The category among region_attributes; "" where there is none.

    >>> category_of_region({"colour": "red", "type": "bolt"})
    'bolt'
    >>> category_of_region({"kind": {"nut": True}})
    'nut'
    """
    named = {key.strip().lower(): value for key, value in attributes.items()}
    known = next((named[key] for key in _CATEGORY if key in named), None)
    value = next(iter(named.values()), "") if known is None else known
    if isinstance(value, dict):  # boxes that were ticked
        value = next((key for key, ticked in value.items() if ticked), "")
    return "" if value is None else str(value).strip()
