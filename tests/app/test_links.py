"""A link reopens its state; a broken one says what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import ScriptRunContext, StopException

from rpn_core.settings import Settings
from tests.app.app_run import AppRun

OpenApp = Callable[..., AppRun]


def test_a_link_reopens_photo_preset_and_settings(open_app: OpenApp) -> None:
    first = open_app(photo="coins")
    first.set("preset", "paper 2015")
    first.set("nms.nms_thresh", 0.55)
    first.set("anchors.aspect_ratios.all", ["0.5", "1"])
    again = open_app(**first.link)
    assert first.link == {
        "photo": "coins", "preset": "paper 2015", "nms": "0.55", "ratios": "0.5-1"
    }  # fmt: skip
    assert again.settings == first.settings
    assert again.bench.sample == "coins"
    assert again.link == first.link
    assert again.complaints == []


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ({"nms": "junk"}, ["The link's nms=junk was ignored"]),
        ({"nms": "nan"}, ["The link's nms=nan was ignored"]),
        ({"nms": "1e999"}, ["The link's nms=1e999 was ignored"]),
        ({"nms": "<script>"}, ["The link's nms=?script? was ignored"]),
        ({"pre": "-5", "post": "0"}, ["The link's pre=-5", "The link's post=0"]),
        ({"sizes": "32-64"}, ["4 in all"]),
        ({"sizes": "9" * 9000}, ["characters long"]),
        ({"model": "resnet9000"}, ["The link's model=resnet9000 is unknown"]),
        ({"preset": "q"}, ["The link's preset=q is unknown"]),
        ({"photo": "../../etc/passwd"}, ["There is no sample photo '../../etc/passwd'"]),
        ({"photo": "own"}, ["does not travel with it"]),
        ({"min": "1600", "max": "64"}, ["The link's min and max had to be ignored"]),
    ],
)
def test_a_broken_link_is_explained_and_the_rest_holds(
    open_app: OpenApp, query: dict[str, str], parts: list[str]
) -> None:
    app = open_app(**query)
    assert len(app.complaints) == len(parts)
    for sentence, part in zip(app.complaints, parts, strict=True):
        assert part in sentence
    assert app.settings == Settings()
    assert app.bench.sample == "astronaut"
    assert app.link == {}


def test_what_others_add_to_a_link_is_passed_over(open_app: OpenApp) -> None:
    app = open_app(utm_source="mail", nms="0.5")
    assert app.complaints == []
    assert app.settings.nms.nms_thresh == 0.5


def test_a_link_that_asks_for_more_anchors_than_fit_is_one_sentence(open_app: OpenApp) -> None:
    values = "-".join(str(size) for size in range(32, 42))
    ratios = "-".join(f"0.{tenth}" for tenth in range(1, 10)) + "-2"
    app = open_app(sizes="_".join([values] * 4), ratios=ratios, min="704", max="704")
    assert any(
        "anchors on this photo, but at most 1,000,000 can be looked at" in sentence
        for sentence in app.complaints
    )


def test_an_address_that_a_stopped_run_did_not_send_is_sent_by_the_next(
    app: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is asked to stop while it hands over an address hands it over no more."""
    sent: list[str] = []
    hand_over = ScriptRunContext.enqueue

    def enqueue(context: ScriptRunContext, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "page_info_changed":
            sent.append(message.page_info_changed.query_string)
            if len(sent) == 1:
                raise StopException
        hand_over(context, message)

    monkeypatch.setattr(ScriptRunContext, "enqueue", enqueue)
    app.set("nms.nms_thresh", 0.55)
    assert sent == ["nms=0.55"]
    app.test.run()
    assert sent == ["nms=0.55"] * 2
    assert app.settings.nms.nms_thresh == 0.55
    app.test.run()
    assert len(sent) == 2
