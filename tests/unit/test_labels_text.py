"""Labels in whatever encoding they were saved: read as what they are, or refused by that cause."""

from __future__ import annotations

import io
import zipfile

import pytest

from rpn_core.errors import UserError
from rpn_core.labels.lint.report import lint
from rpn_core.labels.stores.text import NotText, decode_text
from rpn_core.labels.stores.zip_files import ZipFiles
from tests.pictures import jpeg
from tests.unit.labels_data import coco, read, voc, voc_object

CHINESE, JAPANESE, GERMAN = (
    "names: [划痕, 裂纹]\n",
    "names: [人, 自転車, ネジ]\n",
    "names: [Größe, Stück]\n",
)


@pytest.mark.parametrize(
    ("text", "codec", "called"),
    [
        ("names: [cat]", "utf-8", "UTF-8"),
        (CHINESE, "utf-8", "UTF-8"),
        (CHINESE, "utf-8-sig", "UTF-8"),
        (CHINESE, "utf-16", "UTF-16"),
        ("image,x1\na.jpg,1\n", "utf-16-le", "UTF-16"),
        ("image,x1\na.jpg,1\n", "utf-16-be", "UTF-16"),
        (CHINESE, "utf-32", "UTF-32"),
        (CHINESE, "gbk", "GB18030"),
        ("零件_001.jpg,1,2,3,4,裂纹\n", "gb18030", "GB18030"),
        (JAPANESE, "cp932", "Shift_JIS"),
        ("写真_001.jpg,1,2,3,4,ネジ\n", "cp932", "Shift_JIS"),
        ("人\n车\n狗\n", "gbk", "GB18030"),
        ("人\n腳踏車\n汽車\n", "big5", "Big5"),
        (GERMAN, "cp1252", "CP1252"),
        ("photo_é.jpg,1,2,3,4,vélo\n", "latin-1", "CP1252"),
        ("names: [señal, niño] # 5 € – “x”", "cp1252", "CP1252"),
        ("болт\nгайка\n", "cp1251", "CP1251"),
    ],
)
def test_what_a_text_is_in_is_told(text, codec, called):
    assert decode_text(text.encode(codec)) == (text, called)


@pytest.mark.parametrize(
    "data",
    [
        "나사\n볼트\n".encode("cp949"),
        "零件,划痕\n".encode("gbk"),  # good Big5 too
        JAPANESE.encode("euc_jp"),
        "болт\n".encode("koi8-r"),
        bytes(range(128, 256)),
        b"\x89PNG\r\n\x1a\n" + bytes(20),
        CHINESE.encode("gbk")[:-4] + b"\xff\xff",
        b'<?xml version="1.0" encoding="shift_jis"?><a>' + b"\xff\xff",
    ],
)
def test_where_it_cannot_be_told_nothing_is_guessed(data):
    with pytest.raises(NotText):
        decode_text(data)


@pytest.mark.parametrize(
    ("declared", "codec", "called"),
    [
        ("gb2312", "gb2312", "GB18030"), ("GB2312", "gbk", "GB18030"),
        ("Shift_JIS", "shift_jis", "Shift_JIS"), ("ISO-8859-1", "latin-1", "CP1252"),
        ("windows-1252", "cp1252", "CP1252"), ("EUC-KR", "cp949", "EUC-KR"),
        ("koi8-r", "koi8-r", "KOI8-R"), ("utf-16", "utf-16", "UTF-16"),
        ("gb2312", "utf-8", "UTF-8"),  # which it is, whatever it says
        ("utf-8", "gbk", "GB18030"),
        ("no-such-thing", "gbk", "GB18030"), ("zlib_codec", "gbk", "GB18030"),
    ],
)  # fmt: skip
def test_an_xml_is_read_by_its_declaration(declared, codec, called):
    word = {"latin-1": "Größe", "cp1252": "Größe", "cp949": "나사", "koi8-r": "болт",
            "shift_jis": "ネジ"}.get(codec, "划痕裂纹")  # fmt: skip
    text = voc(voc_object(1, 2, 30, 40, name=word), name=f"{word}.jpg").removeprefix("\n")
    data = f'<?xml version="1.0" encoding="{declared}"?>\n{text}'.encode(codec)
    loaded = read({"a.xml": data, f"{word}.jpg": jpeg(100, 80)})
    assert loaded.labels.categories == (word,)
    assert loaded.labels.names == (f"{word}.jpg",)
    assert loaded.images.find(loaded.labels.names[0]) == f"{word}.jpg"
    found = lint(loaded).group("not-utf-8")
    if called == "UTF-8":
        assert found is None
    else:
        assert [str(row.came) for row in found.rows(loaded.labels)] == [
            f"a.xml was read as {called}"
        ]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "gbk"])
@pytest.mark.parametrize("form", ["yaml", "classes", "csv", "json"])
def test_every_format_reads_every_encoding(form, codec):
    word = "划痕裂纹"
    files: dict[str, bytes | str] = {"a.jpg": jpeg(100, 80)}
    if form == "yaml":
        files |= {"a.txt": "0 0.5 0.5 0.2 0.2", "data.yaml": f"names: [{word}]".encode(codec)}
    elif form == "classes":
        files |= {"a.txt": "0 0.5 0.5 0.2 0.2", "classes.txt": f"{word}\n".encode(codec)}
    elif form == "csv":
        files["a.csv"] = f"image,x1,y1,x2,y2,label\na.jpg,1,2,3,4,{word}\n".encode(codec)
    else:
        text = coco({"bbox": [1, 2, 3, 4], "category_id": 1},
                    images=[{"id": 1, "file_name": "a.jpg"}],
                    categories=[{"id": 1, "name": word}])  # fmt: skip
        files["a.json"] = text.encode().decode("unicode_escape").encode(codec)
    loaded = read(files)
    assert loaded.labels.categories == (word,)
    assert bool(lint(loaded).group("not-utf-8")) == (codec != "utf-8")


@pytest.mark.parametrize(
    "files",
    [
        {"a.txt": "0 0.5 0.5 0.2 0.2", "data.yaml": "names: [나사, 볼트]".encode("cp949")},
        {"a.txt": "0 0.5 0.5 0.2 0.2", "classes.txt": "나사\n볼트".encode("cp949")},
        {"data.csv": "image,x1,y1,x2,y2,label\na.jpg,1,2,3,4,나사\n".encode("cp949")},
        {"data.xml": voc(voc_object(1, 2, 3, 4, name="나사")).encode("cp949")},
    ],
)
def test_what_cannot_be_told_is_to_be_saved_as_utf_8(files):
    with pytest.raises(
        UserError, match=r"^(data|classes)\.\w+ is not UTF-8 text, .*save it as UTF-8"
    ):
        read({"a.jpg": jpeg(100, 80), **files})


def test_a_file_that_is_cut_within_a_letter_is_cut_and_not_in_another_encoding():
    text = '{"images": [{"file_name": "零件'.encode()
    with pytest.raises(UserError, match="cut short or damaged"):
        read({"a.json": text[:-1]})


def zip_of(names: list[bytes], flag: int = 0) -> bytes:
    """A zip with names in any bytes, which Python itself writes in ASCII or flagged UTF-8 only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for place, name in enumerate(names):
            archive.writestr(f"{place:0{len(name)}d}", b"x")
    data = buffer.getvalue()
    for place, name in enumerate(names):
        data = data.replace(f"{place:0{len(name)}d}".encode(), name)
    return data


@pytest.mark.parametrize(
    ("names", "codec"),
    [
        (["图片/零件_001.jpg", "图片/划痕.txt"], "utf-8"),  # as macOS writes it, without the flag
        (["图片/零件_001.jpg", "图片/划痕.txt"], "gbk"),
        (["写真/ソ_表.jpg", "写真/ネジ.txt"], "cp932"),  # whose second bytes are backslashes
        (["Größe/Stück_1.jpg"], "cp1252"),
        (["für/é.jpg"], "cp437"),
    ],
)
def test_names_in_a_zip_are_read_in_the_encoding_of_them_all(names, codec):
    files = ZipFiles(zip_of([name.encode(codec) for name in names]), "x.zip")
    if codec == "cp437":
        assert files.names == names, "what a zip without any sign is in by its standard"
    assert files.names == sorted(names)
    assert all(files.open(name).read() == b"x" for name in names)


def test_a_path_that_leaves_a_zip_does_so_in_any_encoding():
    with pytest.raises(UserError, match="leads out of it"):
        ZipFiles(zip_of(["图片/../../零件.jpg".encode("gbk")]), "x.zip")


def test_stray_bytes_do_not_keep_others_from_being_read():
    loaded = read({"a.txt": "0 0.5 0.5 0.2 0.2", "a.jpg": jpeg(100, 80), "x.bin": b"\xff\xfe\x00",
                   "notes.txt": b"\xff\xff\xff", "README.md": b"\x80\x81"})  # fmt: skip
    assert len(loaded.labels.boxes) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("beside", [{}, {"notes.txt": b"words", "package.json": b"{}"}])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "image;x1;y1;x2;y2\na.jpg;1;2;30;40\n"),
        ("x.json", '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": '
         '[{"image_id": 1, "bbox": [1, 2, 29, 38]}]}'),
        ("a.xml", "<annotation><filename>a.jpg</filename><object><name>c</name><bndbox><xmin>2"
         "</xmin><ymin>3</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"),
    ],
)  # fmt: skip
def test_a_byte_order_mark_hides_no_format(encoding, beside, name, text) -> None:
    """Excel writes one into every "CSV UTF-8"."""
    loaded = read({name: text.encode(encoding), **beside})
    assert loaded.labels.boxes.tolist() == [[1, 2, 30, 40]]
