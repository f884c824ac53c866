"""Photos that come in, and photos that cannot."""

from __future__ import annotations

import pytest

from tests.app.app_run import AppRun
from tests.pictures import BAD_PHOTOS, jpeg


def upload(app: AppRun, name: str, content: bytes) -> None:
    app.set("photo_upload", (name, content, "application/octet-stream"))


def test_an_upload_becomes_the_photo(app: AppRun) -> None:
    upload(app, "garden.jpg", jpeg(320, 200))
    assert (app.bench.photo.name, app.bench.photo.hw) == ("garden.jpg", (200, 320))
    assert app.recomputed["network"]
    assert app.link == {"photo": "own"}
    assert any(text.value == "garden.jpg · 320 × 200 px" for text in app.test.text)


@pytest.mark.parametrize(("name", "content", "part"), BAD_PHOTOS)
def test_a_bad_photo_is_explained_and_the_open_one_stays(
    app: AppRun, name: str, content: bytes, part: str
) -> None:
    upload(app, "garden.jpg", jpeg(320, 200))
    upload(app, name, content)
    (sentence,) = app.complaints
    assert part in sentence
    assert sentence.endswith("The photo that was open stays.")
    assert app.bench.photo.name == "garden.jpg"
    assert not any(app.recomputed.values())
    upload(app, "second.jpg", jpeg(200, 320))
    assert app.complaints == []


def test_a_file_name_is_never_read_as_markdown(app: AppRun) -> None:
    upload(app, "*a*[b](http:c).jpg", b"no picture")
    (sentence,) = app.complaints
    assert sentence.startswith("*a*[b](http:c).jpg is not a picture")


@pytest.mark.parametrize(
    ("wh", "word"),
    [((1, 1), "It has only 1 x 1 px"), ((1, 3000), "With 1 x 3000 px it is longer than any")],
)
def test_tiny_and_extreme_photos_come_with_a_word(
    app: AppRun, wh: tuple[int, int], word: str
) -> None:
    upload(app, "odd.jpg", jpeg(*wh))
    assert app.bench.photo.hw == (wh[1], wh[0])
    assert len([text for text in app.test.caption if text.value.startswith(word)]) == 1
