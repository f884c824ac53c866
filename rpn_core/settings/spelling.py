"""How numbers are spelt: the shortest text that reads back as the same number."""

from __future__ import annotations


def spell(number: float) -> str:
    """
    >>> spell(2.0), spell(0.1), spell(512)
    ('2', '0.1', '512')
    """
    return str(int(number)) if number == int(number) else repr(float(number))


def spell_sides(sides: tuple[float, float]) -> str:
    """Width and height for the eye, to a tenth of a pixel.

    >>> spell_sides((22.627417, 45.0))
    '22.6 × 45'
    """
    return " × ".join(spell(round(side, 1)) for side in sides)


def spell_shape(shape: tuple[float, float]) -> str:
    """
    >>> spell_shape((10, 13.5))
    '10x13.5'
    """
    return "x".join(map(spell, shape))
