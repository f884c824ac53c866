"""Every kind of picture that a person may drop, made in memory."""

import hashlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from rpn_core.errors import UserError
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.photo.reader import MAX_FILE_BYTES, MAX_PIXELS, Photo, read_photo
from rpn_core.photo.samples import FOLDER
from rpn_core.settings import InputSettings
from rpn_core.stages.network_input import Preprocess, prepare_input

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def encode(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def noise(height: int = 48, width: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def solid(mode: str, colour: object, side: int = 32) -> Image.Image:
    return Image.new(mode, (side, side), colour)


def said(photo: Photo) -> list[str]:
    """Its notes in English."""
    return [str(note) for note in photo.notes]


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header promises width x height pixels and whose body holds none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))


@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "WEBP"])
def test_a_plain_picture_comes_as_it_is(format_):
    pixels = noise()
    data = encode(Image.fromarray(pixels), format_, lossless=True)
    photo, rgb = read_photo(data, "plain")
    np.testing.assert_array_equal(rgb, pixels)
    assert said(photo) == []
    assert photo.hw == (48, 64)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()


def test_a_jpeg_comes_close():
    photo, rgb = read_photo(encode(solid("RGB", (200, 100, 50)), "JPEG", quality=95), "a.jpg")
    assert np.abs(rgb.astype(int) - (200, 100, 50)).max() <= 3
    assert said(photo) == []


def test_the_pixels_are_read_only():
    _, rgb = read_photo(encode(solid("RGB", RED)), "a.png")
    with pytest.raises(ValueError, match="read-only"):
        rgb[0, 0, 0] = 1


# What is wrong, the file, and words that its sentence must hold.
JPEG = encode(Image.fromarray(noise()), "JPEG")
PNG = encode(Image.fromarray(noise()))
WEBP = encode(Image.fromarray(noise()), "WEBP")
TIFF = encode(Image.fromarray(noise()), "TIFF")
GIF = encode(Image.fromarray(noise()), "GIF")
BMP = encode(Image.fromarray(noise()), "BMP")
BAD = [
    ("zero bytes", b"", "is empty"),
    ("text named .jpg", b"Dear diary, today I took no photo.", "not a picture"),
    ("a format not on the list", encode(solid("RGB", RED), "PCX"), "not a picture"),
    ("HEIC", b"\0\0\0\x18ftypheic" + bytes(200), "is HEIC, which is not read: save it as JPEG or"),
    ("HEIC by another brand", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "is HEIC, which"),
    ("AVIF", encode(solid("RGB", RED), "AVIF"), "is AVIF, which is not read"),
    ("Photoshop", b"8BPS\0\1" + bytes(200), "is Photoshop, which is not read"),
    ("a raw file", b"II*\0\x10\0\0\0CR\2\0" + bytes(200), "is a camera's raw file, which"),
    ("DICOM", bytes(128) + b"DICM" + bytes(200), "is DICOM, which is not read"),
    ("a PDF", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj", "not a picture"),
    ("an SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ("JPEG cut in its header", JPEG[:20], "not a picture"),
    ("JPEG cut in its pixels", JPEG[: len(JPEG) // 2], "cut short or damaged"),
    ("JPEG without its last rows", JPEG[:-40], "cut short or damaged"),
    ("PNG cut", PNG[: len(PNG) // 2], "cut short or damaged"),
    ("WebP cut", WEBP[: len(WEBP) // 2], "cut short or damaged"),
    ("TIFF cut", TIFF[: len(TIFF) // 2], "cut short or damaged"),
    ("GIF cut", GIF[: len(GIF) // 2], "cut short or damaged"),
    ("BMP cut", BMP[: len(BMP) // 2], "cut short or damaged"),
    ("60 megapixels", png_that_claims(10_000, 6_000), "10000 x 6000 = 60 megapixels"),
    ("300 megapixels", png_that_claims(20_000, 15_000), "far more than the 50 megapixels"),
    ("a wider bomb", png_that_claims(2**31 - 1, 2**31 - 1), "far more than the 50 megapixels"),
    ("no pixel at all", png_that_claims(0, 10), "not a picture"),
]


@pytest.mark.parametrize(("data", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_becomes_one_sentence(data, words):
    with pytest.raises(UserError, match=words) as caught:
        read_photo(data, "folder/holiday.jpg")
    message = str(caught.value)
    assert message.startswith("holiday.jpg ")
    assert message.endswith(".")
    assert "\n" not in message


def test_the_pixel_limit_itself_is_allowed_and_one_more_is_not():
    with pytest.raises(UserError, match="cut short or damaged"):  # it passed the limit
        read_photo(png_that_claims(MAX_PIXELS // 1000, 1000), "a.png")
    with pytest.raises(UserError, match="megapixels"):
        read_photo(png_that_claims(MAX_PIXELS // 1000 + 1, 1000), "a.png")


def test_a_file_above_the_size_limit_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(UserError, match=r"big.jpg has 51 MB, but at most 50 MB"):
        read_photo(bytes(MAX_FILE_BYTES + 1), "big.jpg")


def test_pillows_global_switches_are_left_alone():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    read_photo(PNG, "a.png")
    with pytest.raises(UserError):
        read_photo(JPEG[:-40], "a.jpg")
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    assert after == before


def sixteen_bit(values: list[int], dtype: str = "<u2") -> Image.Image:
    return Image.fromarray(np.tile(np.array(values, dtype=dtype), (20, 20)))


PALETTE = solid("RGB", RED).quantize(4)
CLEAR_PALETTE = Image.new("P", (32, 32), 1)
CLEAR_PALETTE.putpalette([*RED, *BLUE])
# Mode, the file, its first pixel as RGB, and a word of its note (None: nothing to tell).
MODES = [
    ("palette", encode(PALETTE), RED, None),
    ("palette with a clear colour", encode(CLEAR_PALETTE, transparency=1), WHITE, "transparent"),
    ("GIF with a clear colour", encode(CLEAR_PALETTE, "GIF", transparency=1), WHITE, "transparent"),
    ("half transparent", encode(solid("RGBA", (255, 0, 0, 128))), (255, 127, 127), "transparent"),
    ("clear WebP", encode(solid("RGBA", (9, 9, 9, 0)), "WEBP"), WHITE, "transparent"),
    ("alpha, but opaque", encode(solid("RGBA", (255, 0, 0, 255))), RED, None),
    ("grey", encode(solid("L", 90)), (90, 90, 90), "greyscale"),
    ("grey JPEG", encode(solid("L", 90), "JPEG"), (90, 90, 90), "greyscale"),
    ("grey with alpha", encode(solid("LA", (0, 128))), (127, 127, 127), "transparent"),
    ("black and white", encode(solid("1", 1)), WHITE, "greyscale"),
    ("CMYK TIFF", encode(solid("CMYK", (255, 0, 0, 0)), "TIFF"), (0, 255, 255), "CMYK"),
    ("CMYK JPEG", encode(solid("CMYK", (0, 255, 255, 0)), "JPEG"), RED, "CMYK"),
    ("YCbCr TIFF", encode(solid("YCbCr", (128, 128, 128)), "TIFF"), (128, 128, 128), None),
    ("16-bit", encode(sixteen_bit([40_000])), (156, 156, 156), "up to 40000 of 65535"),
    ("8 bits in 16", encode(sixteen_bit([200])), (200, 200, 200), "reach only 200: 0 to 255"),
    ("16-bit, brightest", encode(sixteen_bit([65_535])), WHITE, "16-bit"),
    ("16-bit TIFF", encode(sixteen_bit([40_000]), "TIFF"), (156, 156, 156), "16-bit"),
    ("16-bit big-endian", encode(sixteen_bit([40_000], ">u2"), "TIFF"), (156, 156, 156), "16-bit"),
]


@pytest.mark.parametrize(
    ("data", "pixel", "word"), [row[1:] for row in MODES], ids=[row[0] for row in MODES]
)
def test_every_mode_becomes_rgb_and_says_so(data, pixel, word):
    photo, rgb = read_photo(data, "a")
    assert rgb.dtype == np.uint8
    assert rgb.shape[2] == 3
    assert np.abs(rgb.astype(int) - pixel).max() <= 1
    if word is None:
        assert said(photo) == []
    else:
        assert any(word in note for note in said(photo))


def test_sixteen_bit_colour_is_told():
    cv2 = pytest.importorskip("cv2", reason="Pillow cannot write 16-bit colour")
    for channels in (3, 4):
        pixels = np.full((32, 32, channels), 65_535, np.uint16)
        pixels[..., 0] = 40_000  # OpenCV's order is BGR
        photo, rgb = read_photo(cv2.imencode(".png", pixels)[1].tobytes(), "a.png")
        assert rgb[0, 0].tolist() == [255, 255, 156]
        assert said(photo) == ["Its 16-bit values were scaled to 8 bits."]


def test_floats_are_stretched_and_holes_are_dark():
    values = np.full((32, 32), 1.0, np.float32)
    values[0, :4] = (-1, 3, np.nan, np.inf)
    photo, rgb = read_photo(encode(Image.fromarray(values), "TIFF"), "a.tif")
    assert rgb[0, :5, 0].tolist() == [0, 255, 0, 0, 128]
    assert said(photo)[0] == "Its 32-bit values from -1 to 3 were stretched to 0 to 255."


@pytest.mark.parametrize("value", [7.0, np.nan])
def test_a_float_picture_without_contrast_is_black(value):
    data = encode(Image.fromarray(np.full((32, 32), value, np.float32)), "TIFF")
    assert read_photo(data, "a.tif")[1].max() == 0


def test_another_colour_space_is_converted_to_srgb():
    with Image.open(FOLDER / "rocket.jpg") as rocket:
        adobe_rgb = rocket.info["icc_profile"]
    photo, rgb = read_photo(encode(solid("RGB", (200, 100, 100)), icc_profile=adobe_rgb), "a.png")
    # Adobe RGB (1998): linear = (v/255)^2.2, red' = 1.398 r - 0.398 g, then sRGB's curve.
    assert np.abs(rgb[0, 0].astype(int) - (227, 100, 100)).max() <= 2
    assert said(photo) == ["Its colours were converted from its own colour profile to sRGB."]


def test_a_broken_colour_profile_leaves_the_colours():
    photo, rgb = read_photo(
        encode(solid("RGB", (200, 100, 100)), icc_profile=b"junk" * 50), "a.png"
    )
    assert rgb[0, 0].tolist() == [200, 100, 100]
    assert "colour profile could not be used" in said(photo)[0]


# EXIF orientation -> what a viewer does with the stored pixels (EXIF 2.32, 4.6.4 A).
TURNS = {
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda p: np.rot90(p, 1),
}


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", TURNS)
def test_photos_are_turned_upright(orientation, format_):
    stored = noise(20, 30)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(Image.fromarray(stored), format_, exif=exif, lossless=True)
    photo, rgb = read_photo(data, "a")
    np.testing.assert_array_equal(rgb, TURNS[orientation](stored))
    assert said(photo) == ["It was turned upright by its EXIF orientation."]


@pytest.mark.parametrize("orientation", [0, 1, 9, 60_000])
def test_an_orientation_that_means_nothing_turns_nothing(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo, rgb = read_photo(encode(Image.fromarray(noise()), exif=exif), "a.png")
    np.testing.assert_array_equal(rgb, noise())
    assert said(photo) == []


def test_broken_exif_does_not_cost_the_photo():
    photo, rgb = read_photo(encode(Image.fromarray(noise()), exif=b"Exif\x00\x00rubbish"), "a.png")
    np.testing.assert_array_equal(rgb, noise())
    assert said(photo) == ["Its EXIF data could not be read, so it may lie on its side."]


def test_one_broken_tag_does_not_cost_the_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    exif[0x8769] = {0x9003: "2020"}  # EXIF data of its own inside the EXIF data
    broken = exif.tobytes().replace(b"\x01\x0f", b"\x01\x53").replace(b"Maker", b"Fa\x86er")
    photo, _ = read_photo(encode(Image.fromarray(noise()), "JPEG", exif=broken), "a.jpg")
    assert photo.hw == (64, 48)
    assert said(photo) == ["It was turned upright by its EXIF orientation."]


@pytest.mark.parametrize("format_", ["GIF", "TIFF", "PNG", "WEBP"])
def test_only_the_first_frame_is_read(format_):
    frames = [solid("RGB", colour) for colour in (RED, BLUE, WHITE)]
    data = encode(frames[0], format_, save_all=True, append_images=frames[1:], lossless=True)
    photo, rgb = read_photo(data, "a")
    assert np.abs(rgb.astype(int) - RED).max() <= 1
    assert said(photo) == ["It holds several frames or pages, and only the first is used."]


SHAPES = [
    ((1, 1), "only 1 x 1 px"),
    ((10_000, 1), "10000 px it is longer than any anchor"),
    ((1, 10_000), "10000 x 1 px it is longer than any anchor"),
    ((15, 15), "only 15 x 15 px"),
    ((20, 400), None),
    ((20, 401), "longer than any anchor"),
]


@pytest.mark.parametrize(("hw", "words"), SHAPES)
def test_odd_shapes_are_read_told_and_can_enter_the_network(hw, words):
    photo, rgb = read_photo(encode(Image.fromarray(np.zeros((*hw, 3), np.uint8))), "a.png")
    assert photo.hw == hw
    assert [words in note for note in said(photo)] == ([True] if words else [])
    preprocess = Preprocess(
        (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), max(CARDS[DEFAULT_MODEL].strides), antialias=True
    )
    network_input = prepare_input(rgb, InputSettings(), preprocess)
    assert min(network_input.image_hw) >= 1
    assert max(network_input.padded_hw) <= 448


NAMES = [
    ("cat.jpg", "cat.jpg"),
    ("/home/ann/private/cat.jpg", "cat.jpg"),
    (r"C:\Users\ann\cat.jpg", "cat.jpg"),
    ("..", ".."),
    ("", "photo"),
    ("///", "photo"),
    ("a\x00b\x1b[31m\nc.jpg", "a b [31m c.jpg"),
    ("evil\u202egpj.exe", "evil gpj.exe"),
    ("猫 été.jpg", "猫 été.jpg"),
    ("x" * 300 + ".jpg", "x" * 44 + "…" + "x" * 11 + ".jpg"),
    ("\ud800.jpg", ".jpg"),
]


@pytest.mark.parametrize(("given", "shown"), NAMES)
def test_names_are_safe_to_show(given, shown):
    assert read_photo(PNG, given)[0].name == shown
