"""Photos that come in, and photos that cannot."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pages._ui.run import store
from rpn_core.photo.reader import read_photo, read_pixels
from rpn_core.stages.kept import KeptResults, size_in_bytes
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


def turned(width: int, height: int) -> bytes:
    """A JPEG whose EXIF data says that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg(width, height))).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_a_session_keeps_the_file_of_its_photo_and_no_pixels(app: AppRun) -> None:
    data = jpeg(1200, 800)
    upload(app, "garden.jpg", data)
    assert size_in_bytes(app.bench.photo) == len(data)
    held = app.test.session_state
    assert "_photo" in held
    assert sum(size_in_bytes(held[key]) for key in held) < 1200 * 800 * 3


def test_pixels_that_had_to_go_are_decoded_again(
    app: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = turned(320, 200)
    upload(app, "garden.jpg", data)
    nothing_stays = KeptResults(1)
    monkeypatch.setattr(store, "shared_store", lambda: nothing_stays)
    app.test.run()
    app.must_be_whole()
    assert all(app.recomputed.values())
    assert app.complaints == []
    assert len([text for text in app.test.caption if "turned upright" in text.value]) == 1
    expected, rgb = read_photo(data, "garden.jpg")
    assert app.bench.photo.hw == expected.hw == (320, 200)
    kept = app.bench.photo
    assert np.array_equal(read_pixels(kept.data, kept.name), rgb)


def test_a_photo_that_was_just_read_is_not_decoded_for_the_network(
    app: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def reader(data: bytes, name: str) -> object:
        read.append(name)
        return read_photo(data, name)

    def decoder(data: bytes, name: str) -> object:
        read.append(name)
        return read_pixels(data, name)

    monkeypatch.setattr("rpn_core.proposers.network.read_pixels", decoder)
    monkeypatch.setattr("pages._ui.frame.photo_picker.read_photo", reader)
    upload(app, "only once.jpg", jpeg(330, 210))
    assert app.recomputed["network"]
    assert read == ["only once.jpg"]
