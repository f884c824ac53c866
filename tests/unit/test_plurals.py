"""No "1 boxes": a text that counts something has a form for one of it.

Held against the whole catalogue: after a fact, a word that ends in s counts something, unless it
is one of the verbs and small words below. A new verb that ends in s is found here too, and belongs
among them; a new noun belongs in `ntr` or `nmsg`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from tests.catalogue.extraction import POT

NO_PLURALS = {
    *("as", "becomes", "begins", "belongs", "contains", "crosses", "declares", "does", "gets"),
    *("gives", "goes", "has", "holds", "is", "its", "lacks", "learns", "less", "lists", "means"),
    *("ms", "names", "needs", "overlaps", "reads", "runs", "steps", "survives", "takes", "this"),
    *("unpacks", "was"),
}
# Between a fact and what it counts may stand a word ("drawn anchors"), but none of these.
NO_ADJECTIVE = (
    "a|and|as|at|by|can|for|from|has|have|in|is|it|learns?|must|of|on|or|that|the|to|was|which|with"
)
COUNTED = re.compile(
    r"\{(?P<fact>[a-z_0-9]+)(?::[^}]*)?\}\*{0,2}"
    rf"(?: (?!(?:{NO_ADJECTIVE})\b)[a-z-]+)?? (?P<noun>[a-z-]+s)\b"
)
# Reason, and what is never one: file, and what its texts count.
NEVER_ONE: tuple[tuple[str, dict[str, set[str]]], ...] = (
    (
        "told only of what is beyond a limit",
        {
            "rpn_core/anchors/lay.py": {"anchors"},
            "rpn_core/design/pyramid.py": {"strides"},
            "rpn_core/frameworks/pasted.py": {"entries"},
            "rpn_core/frameworks/read.py": {"characters"},
            "rpn_core/frameworks/listed.py": {"anchors"},
            "rpn_core/labels/stores/zip_files.py": {"times"},
            "rpn_core/nms/soft.py": {"boxes"},
            "rpn_core/nms_analysis/survival.py": {"pairs", "boxes"},
            "rpn_core/photo/limits.py": {"megapixels"},
            "rpn_core/settings/check.py": {"levels", "values"},
            "rpn_core/settings/file.py": {"characters"},
        },
    ),
    (
        "told only where there are more than are shown",
        {
            "pages/_ui/nms/box_panel.py": {"links"},
            "pages/_ui/nms/objects_panel.py": {"objects"},
            "pages/_ui/targets/objects.py": {"objects"},
            "pages/_ui/targets/recall.py": {"objects"},
            "rpn_core/figures/design_report.py": {"groups"},
        },
    ),
    (
        "told only where there are several",
        {
            "rpn_core/frameworks/detectron2.py": {"sizes", "levels"},
            "rpn_core/frameworks/fit.py": {"sizes"},
            "rpn_core/frameworks/listed.py": {"levels"},
            "rpn_core/labels/formats/one_file.py": {"files"},
        },
    ),
    (
        "several numbers that differ",
        {
            "rpn_core/frameworks/exported.py": {"anchors"},
            "rpn_core/frameworks/mmdetection.py": {"sizes"},
        },
    ),
    (
        "always many: of weights, or a constant",
        {
            "rpn_core/models/weights/checkpoint.py": {"tensors"},
            "rpn_core/models/weights/weights_file.py": {"bytes"},
            "rpn_core/training/start.py": {"tensors"},
        },
    ),
    ("with decimals: 1.0 points", {"pages/_ui/design/suggest.py": {"points"}}),
    ("its form goes by another number, the product", {"pages/_ui/explore/geometry.py": {"cells"}}),
)


def nouns(template: str, *, but: str = "") -> set[str]:
    """What a template counts in the plural alone; not by the fact `but`, nor by a limit of ours,
    which is called most."""
    return {
        found["noun"]
        for found in COUNTED.finditer(template)
        if found["noun"] not in NO_PLURALS and found["fact"] not in ("most", but)
    }


def in_the_catalogue() -> Iterator[tuple[str, str, str]]:
    """(file, text, noun) of all that is counted in the plural alone."""
    with POT.open("rb") as file:
        for message in read_po(file):
            if isinstance(message.id, tuple):
                one, several = message.id
                found = nouns(one) | nouns(several, but="count")
            else:
                found = nouns(str(message.id))
            for noun in found:
                for place, _ in message.locations:
                    yield place, str(message.id), noun


FOUND = list(in_the_catalogue())
LET_OFF = {
    (place, noun) for _, places in NEVER_ONE for place, there in places.items() for noun in there
}


def test_whatever_is_counted_has_a_form_for_one():
    left = [
        f"{place}: {noun} of {text!r}"
        for place, text, noun in FOUND
        if (place, noun) not in LET_OFF
    ]
    assert not left, "say it by ntr or nmsg:\n" + "\n".join(left)


def test_the_exceptions_are_still_needed():
    assert {(place, noun) for place, _, noun in FOUND} >= LET_OFF


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{count:,} boxes", {"boxes"}),
        ("**{count:,}** boxes", {"boxes"}),
        ("All {count:,} drawn anchors, {at:.1f} of {there} objects", {"anchors", "objects"}),
        ("{file} has {size} MB, at most {most:,} levels", set()),
        ("{count} of the boxes", set()),
        ("{first} and boxes", set()),
        ("{count} box", set()),
    ],
)
def test_the_rule_finds_what_was_planted(template, found):
    assert nouns(template) == found


def test_in_a_form_for_several_only_the_other_facts_are_looked_at():
    assert nouns("{count} proposals for {all} photos", but="count") == {"photos"}
