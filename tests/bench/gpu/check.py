"""What a check found: what came, what was expected, and whether the one is the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One question with its answer.

    Attributes:
        name: what was asked.
        passed: whether what came is what was expected.
        came, expected: both in words, for the person who repairs it.
    """

    name: str
    passed: bool
    came: str
    expected: str

    @property
    def line(self) -> str:
        if self.passed:
            return f"ok      {self.name}: {self.came}"
        return f"FAILED  {self.name}: came {self.came}; expected {self.expected}"


def equal(name: str, came: object, expected: object) -> Check:
    """Whether two values are the same.

    >>> equal("answer", 41, 42).line
    'FAILED  answer: came 41; expected 42'
    """
    return Check(name, came == expected, _said(came), _said(expected))


def _said(value: object) -> str:
    return repr(value) if value == "" else str(value)
