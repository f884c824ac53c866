"""What is said to a person, as data: a template and facts; the sentence is made where it is shown.

    raise UserError("{file} has {count:,} pixels, but at most {most:,} are read.", file=..., ...)
    note = msg("The photo has {pages} pages: the first is shown.", pages=3)
    str(note)     the sentence, in the language in force

Whatever a person can read goes through `msg`, `nmsg`, `tr` or an error of `errors`, with a literal
template: from those calls the catalogue of all sentences is made (`make catalogue`), and a
translation answers them by gettext. Facts are what the template cannot know: numbers, names of
files, other messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from gettext import NullTranslations
from numbers import Integral, Real

_ENGLISH = NullTranslations()
_language: ContextVar[NullTranslations] = ContextVar("language", default=_ENGLISH)


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence, label or word, in no language yet.

    Attributes:
        template: English, with the names of facts in braces and format specifications as of
            `str.format`; without facts it is said as it is.
        facts: (name, value) of each. A message among them is said in the same language; a tuple
            or list is said with commas.
        plural: the template where the fact `count` is not 1; "" where there is but one form.
    """

    template: str
    facts: tuple[tuple[str, object], ...] = ()
    plural: str = ""

    def __str__(self) -> str:
        """The sentence, in the language in force."""
        facts = dict(self.facts)
        if self.plural:
            template = _language.get().ngettext(
                self.template, self.plural, int(str(facts["count"]))
            )
        else:
            template = _language.get().gettext(self.template)
        if not facts:
            return template
        return template.format(**{name: _said(fact) for name, fact in facts.items()})


def msg(template: str, /, **facts: object) -> Message:
    """Something to say.

    >>> str(msg("{shown:,} of {present:,} boxes", shown=300, present=16650))
    '300 of 16,650 boxes'
    """
    return Message(template, _kept(facts))


def nmsg(singular: str, plural: str, /, *, count: int, **facts: object) -> Message:
    """Something to say of a number of things, which decides the form.

    >>> str(nmsg("{count} object", "{count:,} objects", count=1))
    '1 object'
    """
    return Message(singular, (("count", count), *_kept(facts)), plural)


def tr(template: str, /, **facts: object) -> str:
    """A text that is shown at once, in the language in force."""
    return str(msg(template, **facts))


def ntr(singular: str, plural: str, /, *, count: int, **facts: object) -> str:
    """As `tr`, of a number of things."""
    return str(nmsg(singular, plural, count=count, **facts))


def verbatim(text: str) -> Message:
    """What is in no language, or not ours to translate: a name of a file, a line of a log.

    >>> str(verbatim("{a}.jpg"))
    '{a}.jpg'
    """
    return Message("{text}", (("text", text),))  # not by `msg`: it belongs in no catalogue


def series(parts: Sequence[Message]) -> Message:
    """Several things to say in a row that have commas of their own.

    >>> str(series([msg("a, b"), msg("c"), msg("d")]))
    'a, b; c; d'
    """
    return reduce(lambda before, part: msg("{before}; {part}", before=before, part=part), parts)


def sentences(parts: Sequence[Message]) -> Message:
    """Whole sentences, one after the other.

    >>> str(sentences([msg("It is small."), msg("Enlarge it.")]))
    'It is small. Enlarge it.'
    """
    return reduce(lambda before, part: msg("{before} {part}", before=before, part=part), parts)


@contextmanager
def language(translations: NullTranslations) -> Iterator[None]:
    """Say everything in the body in this language; in this thread only."""
    before = _language.set(translations)
    try:
        yield
    finally:
        _language.reset(before)


def in_english() -> AbstractContextManager[None]:
    """Say everything in the body in English: files, and code that is made for a framework."""
    return language(_ENGLISH)


def current_translations() -> NullTranslations:
    """What answers in the language in force: for those who say things elsewhere than here."""
    return _language.get()


def current_language() -> str:
    """The tag of the language in force, as in `<html lang>`: "en", "de", "pt-BR".

    >>> current_language()
    'en'
    """
    return _language.get().info().get("language", "").replace("_", "-") or "en"


def _kept(facts: dict[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple((name, _without_error(fact)) for name, fact in facts.items())


def _without_error(fact: object) -> object:
    """What an error says: the error itself holds every frame that it passed, and a frame a file.

    Sentences outlive their run, and would keep what a visitor uploaded in memory.
    """
    if isinstance(fact, tuple | list):
        return tuple(_without_error(part) for part in fact)
    if isinstance(fact, BaseException):
        told = getattr(fact, "message", None)
        return told if isinstance(told, Message) else str(fact)
    return fact


class _Number(float):
    """A number as people write it, where `float` says 54.800000000000004 or 1.2e+02.

    >>> f"{_Number(54.800000000000004)}, {_Number(120):.2g}, {_Number(1e6):g}, {_Number(0.05):.1%}"
    '54.8, 120, 1000000, 5.0%'
    """

    def __format__(self, form: str) -> str:
        short = not form or form[-1] in ",0123456789"  # says nothing of how it is written
        text = super().__format__(f"{form}g" if short else form)
        if "e" not in text or not _LEAST <= abs(self) < _MOST:
            return text
        if (short or form == "g") and abs(self) > 1:
            return super().__format__(f"{form.removesuffix('g')}.0f")
        return format(Decimal(text), "f")

    def __str__(self) -> str:
        return format(self)


# Beyond these an exponent is easier to read.
_LEAST, _MOST = 1e-6, 1e15


def _said(fact: object) -> object:
    if isinstance(fact, tuple | list):
        return ", ".join(str(_said(part)) for part in fact)
    if isinstance(fact, Real) and not isinstance(fact, Integral):
        return _Number(fact)
    return str(fact) if isinstance(fact, Message) else fact
