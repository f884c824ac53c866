"""Where files come from: no path leaves its folder, no archive grows without bound."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.labelled_images import labelled_images
from rpn_core.labels.lint.report import lint
from rpn_core.labels.stores import files as files_module
from rpn_core.labels.stores import zip_files
from rpn_core.labels.stores.files import FolderFiles, UploadedFiles, read_file
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.labels.stores.zip_files import ZipFiles
from tests.pictures import jpeg, png_bomb
from tests.unit.labels_data import coco, read, upload, voc, voc_object, zipped


@pytest.mark.parametrize(
    "name", ["../a.jpg", "d/../../a.jpg", "/etc/a.jpg", "C:/a.jpg", "d\\..\\..\\a.jpg"]
)
def test_a_zip_with_a_path_that_leaves_it_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="leads out of it"):
        ZipFiles(zipped({"x.json": coco(), name: b"x"}), "x.zip")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"x.json": b" " * (64 << 20)})
    assert len(bomb) < 100_000
    with pytest.raises(UserError, match="as a zip bomb does"):
        read({"x.zip": bomb})


def test_a_zip_whose_sizes_lie_is_not_read_beyond_them() -> None:
    # Claims 100 bytes where 64 MB come: what is read ends there, and its checksum is wrong.
    data = bytearray(zipped({"x.json": b" " * (64 << 20)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 100)
    with pytest.raises(UserError, match="damaged"):
        read({"x.zip": bytes(data)})


def test_together_a_zip_may_not_unpack_to_more_than_the_limit(monkeypatch) -> None:
    monkeypatch.setattr(zip_files, "MAX_UNPACKED_BYTES", 1 << 30)
    monkeypatch.setattr(zip_files, "MAX_RATIO", 10_000)
    archive = zipped({f"{place}.json": b" " * (128 << 20) for place in range(9)})
    with pytest.raises(UserError, match="would have 1 GB unpacked"):
        ZipFiles(archive, "x.zip")


def test_a_zip_of_too_many_files_is_refused(monkeypatch) -> None:
    archive = zipped({f"{place}.txt": "" for place in range(30)})
    monkeypatch.setattr(zip_files, "MAX_ENTRIES", 20)
    with pytest.raises(UserError, match="more than 20 files"):
        ZipFiles(archive, "x.zip")
    monkeypatch.setattr(zip_files, "MAX_LIST_BYTES", 1000)
    with pytest.raises(UserError, match="more than 20 files"):
        ZipFiles(archive, "x.zip")


def test_a_large_text_is_refused(monkeypatch) -> None:
    store = UploadedFiles(upload({"x.json": "x" * 3000}), "x.json")
    assert len(read_file(store, "x.json", 3000)) == 3000
    with pytest.raises(UserError, match="larger than"):
        read_file(store, "x.json", 2999)


def test_an_encrypted_or_oddly_packed_zip_is_named() -> None:
    encrypted = bytearray(zipped({"x.json": coco()}))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UserError, match="encrypted"):
        read({"x.zip": bytes(encrypted)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.json", coco())
    with pytest.raises(UserError, match="uncommon way"):
        read({"x.zip": buffer.getvalue()})


def test_links_in_a_zip_and_what_macos_adds_are_passed_over() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("d/x.json", coco({"bbox": [1, 2, 3, 4]}))
        archive.writestr("__MACOSX/d/._x.json", b"\x00\x05\x16\x07")
        archive.writestr("d/.DS_Store", b"\x00")
        link = zipfile.ZipInfo("d/a.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    loaded = read({"x.zip": buffer.getvalue()})
    assert len(loaded.labels.image) == 1
    assert not loaded.images


def test_a_folder_is_not_left_by_links_or_names(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(jpeg(9, 9))
    inside = tmp_path / "set"
    (inside / "images").mkdir(parents=True)
    (inside / "images" / "a.jpg").write_bytes(jpeg(20, 10))
    (inside / "b.jpg").symlink_to(inside / "images" / "a.jpg")
    (inside / "c.jpg").symlink_to(outside / "secret.jpg")
    (inside / "linked").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "dangling.jpg").symlink_to(inside / "nothing.jpg")
    os.mkfifo(inside / "pipe.jpg")
    assert FolderFiles(inside).names == ["b.jpg", "images/a.jpg"]
    (inside / "x.json").write_text(listed("b.jpg"))
    loaded = read_labels(inside)
    [row] = lint(loaded).group("links").rows(loaded.labels)  # type: ignore[union-attr]
    assert str(row.came) == "4 links, one is linked"
    (inside / "x.json").unlink()
    images = ImageSource(FolderFiles(inside))
    for name in (
        "../outside/secret.jpg",
        str(outside / "secret.jpg"),
        "c.jpg",
        "linked/secret.jpg",
    ):
        assert images.find(name) is None
        with pytest.raises(UserError, match="not among the 2 images"):
            images.read(name)


def test_a_folder_with_too_many_files_is_refused(tmp_path: Path, monkeypatch) -> None:
    for place in range(5):
        (tmp_path / f"{place}.txt").touch()
    monkeypatch.setattr(files_module, "MAX_ENTRIES", 4)
    with pytest.raises(UserError, match="more than 4 files"):
        FolderFiles(tmp_path)


def source(*names: str) -> ImageSource:
    return ImageSource(ZipFiles(zipped({name: jpeg(20, 10) for name in names}), "images"))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a/x.jpg", "a/x.jpg"),
        ("x.jpg", None),  # two would do
        ("set/a/x.jpg", "a/x.jpg"),
        ("C:\\photos\\b\\X.JPG", "b/x.jpg"),
        ("/home/me/d/y 1.png", "c/y 1.png"),  # the only one of its name
        ("/home/me/b/y 1.png", None),  # whose folder is there, without it
        ("b/y 1.png", None),
        ("y%201.png", "c/y 1.png"),
        ("file:///set/c/y%201.png", "c/y 1.png"),
        ("https://example.org/c/y%201.png?token=a/b", "c/y 1.png"),
        ("a/deep/x.jpg", None),  # two would do
        ("y 1", "c/y 1.png"),
        ("v1.5", "c/v1.5.jpg"),  # no image's suffix
        ("../../c/y 1.png", "c/y 1.png"),
        ("\u00e9.jpg", "e\u0301.jpg"),  # composed in the labels, decomposed on disk
        ("", None),
        ("..", None),
        ("y 1.jpg", None),
        ("z.jpg", None),
    ],
)  # fmt: skip
def test_a_name_means_the_one_file_that_ends_as_it_does(name: str, found: str | None) -> None:
    images = source("a/x.jpg", "b/x.jpg", "c/y 1.png", "c/v1.5.jpg", "e\u0301.jpg", "c/readme.txt")
    assert images.find(name) == found


@pytest.mark.parametrize(
    ("names", "files", "meant"),
    [
        # One of them is there by its whole path, and the other may not have it.
        (["train/1.jpg", "val/1.jpg"], ["train/1.jpg"], ["train/1.jpg", None]),
        (["val/1.jpg", "train/1.jpg"], ["images/train/1.jpg"], [None, "images/train/1.jpg"]),
        # No telling whose it is.
        (["train/1.jpg", "val/1.jpg"], ["1.jpg"], [None, None]),
        (["train/1.jpg", "val/1.jpg"], ["images/1.jpg"], [None, None]),
        (["A.jpg", "a.jpg"], ["a.jpg"], [None, "a.jpg"]),
        (["./a.jpg", "a.jpg"], ["x/a.jpg"], [None, None]),
        (["a.jpg", "a.jpg"], ["a.jpg"], ["a.jpg", "a.jpg"]),  # listed twice: another finding
        (["a b.jpg", "a%20b.jpg"], ["a%20b.jpg", "a b.jpg"], ["a b.jpg", "a%20b.jpg"]),
        (["a b.jpg", "a%20b.jpg"], ["a b.jpg"], ["a b.jpg", None]),
        (["a b.jpg"], ["a%20b.jpg"], ["a%20b.jpg"]),
        # The folder that is meant is there.
        (["val/1.jpg"], ["train/1.jpg", "val/2.jpg"], [None]),
        (["/set/val/1.jpg"], ["images/train/1.jpg", "images/val/2.jpg"], [None]),
        (["val/1.jpg"], ["1.jpg", "val/2.jpg"], [None]),
        (["images/1.jpg"], ["images/train/1.jpg"], ["images/train/1.jpg"]),
        # It is not, and the name alone has to do.
        (["val/1.jpg"], ["train/1.jpg", "train/2.jpg"], ["train/1.jpg"]),
        (["/home/me/set/images/1.jpg"], ["1.jpg", "old/images/2.jpg"], ["1.jpg"]),
        (["/home/me/1.jpg"], ["1.jpg", "old/1.jpg"], ["1.jpg"]),
        (["x/1.jpg"], ["a/1.jpg", "b/1.jpg"], [None]),
        (["cafe\u0301.jpg"], ["caf\u00e9.jpg"], ["caf\u00e9.jpg"]),
    ],
)
def test_no_two_names_mean_the_same_file(
    names: list[str], files: list[str], meant: list[str | None]
) -> None:
    images = source(*files).meant_by(names)
    assert [images.find(name) for name in names] == meant
    assert images.sizes_hw(names).any(1).tolist() == [name is not None for name in meant]


def listed(*names: str) -> str:
    return coco(
        *({"image_id": place, "bbox": [1, 2, 3, 4]} for place in range(len(names))),
        images=[{"id": place, "file_name": name, "width": 20, "height": 10}
                for place, name in enumerate(names)],
    )  # fmt: skip


def findings(files: dict[str, bytes | str]) -> dict[str, list[str]]:
    report = lint(read(files))
    return {
        group.rule.kind: [f"{row.image}: {row.came}" for row in group.rows(report.labels)]
        for group in report.groups
    }


def test_the_linter_says_which_names_mean_one_file() -> None:
    found = findings({"x.zip": zipped({
        "x.json": listed("train/1.jpg", "val/1.jpg", "other/2.jpg", "3.jpg"),
        "train/1.jpg": jpeg(20, 10), "train/2.jpg": jpeg(20, 10),
    })})  # fmt: skip
    assert found["same-file"] == ["val/1.jpg: train/1.jpg, which another name means too"]
    assert found["elsewhere"] == ["other/2.jpg: train/2.jpg was taken"]
    assert found["image-missing"] == ["3.jpg: 1 box"]


def test_the_linter_names_kinds_that_are_not_read() -> None:
    heic = b"\0\0\0\x18ftypheic" + bytes(40)
    found = findings({
        "x.json": listed("a.jpg", "b.heic", "c.jpg"),
        "a.jpg": jpeg(20, 10), "a.cr2": b"II*\0", "b.heic": heic, "c.psd": b"8BPS",
    })  # fmt: skip
    assert found["kind-not-read"] == ["b.heic: 1 box"]
    assert found["image-missing"] == ["c.jpg: 1 box"]
    assert found["kind-unused"] == ["None: 1 file, c.psd"], "a.cr2 is the same as a.jpg"


def test_an_image_too_large_to_be_opened_keeps_its_size_and_boxes() -> None:
    def png(width: int, height: int) -> bytes:
        header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
        return (b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header))
                + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")))  # fmt: skip

    for side in (8000, 10_000, 20_000):  # of which Pillow warns, and which it refuses
        loaded = read({"a.txt": "0 0.5 0.5 0.01 0.02\n", "a.png": png(side, side)})
        assert loaded.labels.sizes_hw.tolist() == [[side, side]]
        assert loaded.labels.boxes.tolist() == [
            [0.495 * side, 0.49 * side, 0.505 * side, 0.51 * side]
        ]
        report = lint(loaded)
        [row] = report.group("image-too-large").rows(loaded.labels)  # type: ignore[union-attr]
        words = f"{side} x {side} px, more than 50 million pixels"
        assert str(row.came) == words
        assert report.group("image-unreadable") is None
        assert len(labelled_images(loaded.labels, loaded.images)) == 0


def turned(orientation: int) -> bytes:
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def saved(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "hw"),
    [
        (turned(1), (20, 40)),
        (turned(6), (40, 20)),
        (saved("PNG"), (20, 40)),
        (saved("TIFF"), (20, 40)),
        (saved("WEBP"), (20, 40)),
        (png_bomb(9000, 8000), (8000, 9000)),  # of which only the header exists
        (jpeg(40, 20)[:300], None),
        (b"", None),
        (b"no image", None),
    ],
)  # fmt: skip
def test_sizes_are_upright_and_come_from_the_header(
    data: bytes, hw: tuple[int, int] | None
) -> None:
    images = ImageSource(UploadedFiles(upload({"a.jpg": data}), "a.jpg"))
    assert images.sizes_hw(["a.jpg", "b.jpg"]).tolist() == [list(hw or (-1, -1)), [0, 0]]


def test_no_image_is_decoded_for_its_size(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    images = {"a.png": saved("PNG"), "b.jpg": turned(6), "c.webp": saved("WEBP")}
    source = ImageSource(UploadedFiles(upload(images), "images"))
    assert source.sizes_hw(["a.png", "b.jpg", "c.webp"]).tolist() == [[20, 40], [40, 20], [20, 40]]


def test_folder_zip_and_uploads_say_the_same(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.xml": voc(voc_object(1, 2, 30, 40)),
        "b.xml": voc(voc_object(5, 5, 9, 9, name="dog"), name="b.jpg"),
        "a.jpg": jpeg(100, 80),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (tmp_path / "x.zip").write_bytes(zipped(files))
    ways = [
        read(files), read({"x.zip": zipped(files)}),
        read_labels(tmp_path, images=tmp_path), read_labels(tmp_path / "x.zip"),
    ]  # fmt: skip
    for loaded in ways:
        assert (
            loaded.labels.boxes.tolist()
            == ways[0].labels.boxes.tolist()
            == [[0, 1, 30, 40], [4, 4, 9, 9]]
        )
        assert loaded.labels.names == ("a.jpg", "b.jpg")
        assert loaded.images.read("a.jpg") == files["a.jpg"]
        assert loaded.images.find("b.jpg") is None
    alone = read_labels(tmp_path / "a.xml")
    assert (len(alone.labels.image), bool(alone.images)) == (1, False)


def test_a_folder_of_images_without_an_image_is_told(tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text('{"images": [], "annotations": []}')
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty holds no image"):
        read_labels(tmp_path / "labels.json", images=tmp_path / "empty")


def test_voc_files_of_two_parts_mean_the_images_beside_them(tmp_path: Path) -> None:
    for part, side in (("train", 20), ("val", 30)):
        (tmp_path / part / "Annotations").mkdir(parents=True)
        (tmp_path / part / "JPEGImages").mkdir()
        Image.new("RGB", (side, side)).save(tmp_path / part / "JPEGImages" / "1.jpg")
        (tmp_path / part / "Annotations" / "1.xml").write_text(
            "<annotation><filename>1.jpg</filename><object><name>a</name><bndbox><xmin>1</xmin>"
            f"<ymin>1</ymin><xmax>{side}</xmax><ymax>9</ymax></bndbox></object></annotation>"
        )
    labels = read_labels(tmp_path).labels
    assert labels.names == ("train/JPEGImages/1.jpg", "val/JPEGImages/1.jpg")
    assert labels.sizes_hw.tolist() == [[20, 20], [30, 30]]
    assert labels.boxes.tolist() == [[0, 0, 20, 9], [0, 0, 30, 9]]
