"""A message is a template and facts; the sentence is made where it is shown."""

from __future__ import annotations

import pickle
import re
from gettext import NullTranslations
from string import Formatter
from threading import Thread

import numpy as np
import pytest
from babel.messages.pofile import read_po

from rpn_core.errors import UserError
from rpn_core.messages import Message, language, msg, nmsg, tr, verbatim
from tests.unit.test_layers import ROOT


class Backwards(NullTranslations):
    """A language in which each template is known by a mark."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"<{msgid1 if n == 1 else msgid2}>"


def test_facts_fill_the_template():
    assert str(msg("{n:,} of {all:,}", n=1000, all=2000)) == "1,000 of 2,000"


def test_a_template_without_facts_is_said_as_it_is():
    assert (
        str(UserError("{a}.jpg is empty: choose another.")) == "{a}.jpg is empty: choose another."
    )
    assert str(verbatim("{a}")) == "{a}"


@pytest.mark.parametrize(("count", "said"), [(0, "0 boxes"), (1, "1 box"), (2000, "2,000 boxes")])
def test_the_count_decides_the_form(count, said):
    assert str(nmsg("{count} box", "{count:,} boxes", count=count)) == said


def test_messages_and_errors_are_facts_in_the_same_language():
    error = UserError("{file} is empty.", file="a.jpg")
    whole = msg("{error} Still in use: {title}.", error=error, title=msg("Sample"))
    assert str(whole) == "a.jpg is empty. Still in use: Sample."
    with language(Backwards()):
        assert str(whole) == "<<a.jpg is empty.> Still in use: <Sample>.>"
        assert str(nmsg("{count} box", "{count} boxes", count=2)) == "<2 boxes>"
        assert tr("Sample") == "<Sample>"
    assert tr("Sample") == "Sample"


def test_lists_are_said_with_commas():
    assert str(msg("choose {one}", one=("a", msg("b")))) == "choose a, b"


def test_a_language_is_of_one_thread():
    said = []
    with language(Backwards()):
        other = Thread(target=lambda: said.append(tr("Sample")))
        other.start()
        other.join()
    assert said == ["Sample"]


def test_an_error_travels_between_processes():
    error = pickle.loads(pickle.dumps(UserError("{file} is empty.", file="a.jpg")))
    assert str(error) == "a.jpg is empty."
    assert error.message == msg("{file} is empty.", file="a.jpg")


def test_a_sentence_holds_no_error_and_so_no_frame_of_what_failed() -> None:
    def fail(upload: bytes) -> None:
        raise UserError("{size} bytes are too many.", size=len(upload))

    with pytest.raises(UserError) as caught:
        fail(bytes(9))
    system = OSError(28, "No space left on device")
    made = [
        msg("{error} So it stays.", error=caught.value),
        nmsg("{count} of {errors}", "{count} of {errors}", count=2, errors=[caught.value, system]),
        UserError("{error}", error=caught.value).message,
    ]
    assert [str(message) for message in made] == [
        "9 bytes are too many. So it stays.",
        "2 of 9 bytes are too many., [Errno 28] No space left on device",
        "9 bytes are too many.",
    ]
    assert pickle.loads(pickle.dumps(made)) == made  # an error equals only itself


AWKWARD = (
    54.800000000000004, 0.1 + 0.2, 120.0, 1234567.891, 99.99999999999999, 1e-5, np.float32(0.1)
)  # fmt: skip


@pytest.mark.parametrize("value", AWKWARD)
def test_numbers_are_rounded_for_people_in_every_text_there_is(value) -> None:
    """Whatever a template asks of a number that it did not foresee, and asks nothing for."""
    seen = 0
    for template in templates():
        fields = [(name, how) for _, name, _, how in Formatter().parse(template) if name]
        names = {name for name, _ in fields}
        quoted = {name for name, how in fields if how}  # of which only texts are
        facts = tuple((name, "x" if name in quoted else value) for name in names)
        try:
            said = str(Message(template, facts))
        except ValueError:  # a form for whole numbers, or for texts
            continue
        seen += bool(names)
        assert not re.search(r"\de[+-]\d|\d\.\d{8,}", said), said
    assert seen > 300


def templates() -> list[str]:
    """Every text of the catalogue."""
    with (ROOT / "assets" / "locale" / "messages.pot").open("rb") as file:
        found = read_po(file)
    return [text for one in found for text in ([one.id] if isinstance(one.id, str) else one.id)]


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        ("{x}", 54.800000000000004, "54.8"), ("{x}", 448.0, "448"), ("{x}", 448, "448"),
        ("{x:.2g}%", 120.0, "120%"), ("{x:g}", 1234567.0, "1234567"), ("{x:g}", 2.5e-5, "0.000025"),
        ("{x}", 1e300, "1e+300"), ("{x}", float("nan"), "nan"), ("{x}", float("inf"), "inf"),
        ("{x:,}", 16650, "16,650"), ("{x!r}", 0.5, "0.5"), ("{x}", (0.1 + 0.2, 1), "0.3, 1"),
        ("{x}", True, "True"), ("{x:.1f}", 0.25, "0.2"), ("{x}", -0.30000000000000004, "-0.3"),
    ],
)  # fmt: skip
def test_a_number_is_said_as_people_write_it(form, value, said) -> None:
    assert str(Message(form, (("x", value),))) == said
