"""Text in whatever encoding it was saved, as UTF-8: what every reader of labels gets.

A byte order mark, UTF-8 itself, UTF-16's zeros and an XML's own declaration say which encoding it
is. Without any of them it is told by what the bytes would spell: exactly one of the encodings that
people still save in has to give plausible words. Where several would (six bytes may be good Chinese
and good Korean), nobody is given a guess for a category: the file has to be saved as UTF-8.

`charset-normalizer` is not asked: of GB18030 class names of a few bytes it says CP949 first, as
sure of it as of any.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import BinaryIO

from rpn_core.errors import UserError
from rpn_core.labels.stores.files import MAX_TEXT_BYTES, Files, Shown, read_file, read_start
from rpn_core.photo.file_name import display_name

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# Python's name of an encoding -> the wider one that is meant by it in practice (as WHATWG's
# Encoding Standard, sec. 4.2, has it), and what to call it. Nothing else may be declared.
_ENCODINGS = {
    "gb2312": ("gb18030", "GB18030"), "gbk": ("gb18030", "GB18030"),
    "gb18030": ("gb18030", "GB18030"), "big5": ("big5hkscs", "Big5"), "cp950": ("cp950", "Big5"),
    "shift_jis": ("cp932", "Shift_JIS"), "cp932": ("cp932", "Shift_JIS"),
    "euc_jp": ("euc_jp", "EUC-JP"), "euc_kr": ("cp949", "EUC-KR"), "cp949": ("cp949", "EUC-KR"),
    "iso8859-1": ("cp1252", "CP1252"), "cp1252": ("cp1252", "CP1252"),
    **{f"cp125{n}": (f"cp125{n}", f"CP125{n}") for n in (0, 1, 3, 4, 5, 6, 7, 8)},
    **{f"iso8859-{n}": (f"iso8859-{n}", f"ISO-8859-{n}") for n in (2, 5, 7, 9, 15)},
    "koi8-r": ("koi8-r", "KOI8-R"), "koi8-u": ("koi8-u", "KOI8-U"), "cp866": ("cp866", "CP866"),
}  # fmt: skip
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")
_DECLARATION = re.compile(r"""(\A\s*<\?xml[^>]*?)\s+encoding\s*=\s*(["'])[\w.:-]*\2""")
_PEEK = 1 << 16
_PRIVATE = re.compile("[\0\ue000-\uf8ff\ufffd]")  # what some codecs make of bytes that are none
# About the 400 syllables that Korean is mostly written with, of 2,350 that can be.
_COMMON_SYLLABLES = frozenset(
    "가각간갈감갑값갓강개객거건걸검것게겨격견결경계고곡곤골곳공과관광교구국군굴궁권귀규균그극근글금급기긴길김까꽃끝나날남내너널네노녹농높누눈는늘능니다단달담답당대댁"
    "더던도독돈돌동되된두둘뒤드든들등디따때또라락란람래량러럭런럼레려력련령로록론롬료루류르른를름리린림립마막만말맛망매머면명모목몰못무문물미민밀바박반발밤방배백버번"
    "벌범법벽변별병보복본볼봉부북분불비빈빛빠사산살삼상새색생서석선설섬성세소속손솔송쇠수숙순술숨스습승시식신실심십쓰씨아악안알암압앞애야약양어억언얼엄업없에여역연열"
    "염영예오옥온올옷와완왕외요용우운울원월위유육윤율은을음응의이익인일임입있자작잔잘장재저적전절점정제조족존종좋주죽준줄중즉증지직진질집짜차착찬참창찾채책처척천철첨"
    "청체초촌총최추축출충취치친칠침카칸커컴케코콘쿠크큰키타탁탄탈태택터테토통투트특티틱파판패퍼페편평포폭표품풍프플피필하학한할함합항해핵행향험현혈협형호혹홍화확환활"
    "황회획효후훈휴흐희힘"
)
_WORD = re.compile(r"[^\W\d_]+")


class NotText(ValueError):
    """Bytes whose encoding cannot be told."""


def decode_text(data: bytes) -> tuple[str, str]:
    """A file's text, and the name of the encoding that it was in.

    Raises:
        NotText: it cannot be told, or is not what the file declares.

    >>> decode_text("names: [划痕, 裂纹]".encode("gbk"))
    ('names: [划痕, 裂纹]', 'GB18030')
    >>> decode_text("é".encode("utf-16"))[1], decode_text("Stück".encode("cp1252"))[1]
    ('UTF-16', 'CP1252')
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec), codec.upper()[:6].rstrip("-")
    wide = _without_mark(data[:_PEEK])
    if wide is not None:
        return _strictly(data, wide), "UTF-16"
    try:
        return data.decode(), "UTF-8"
    except UnicodeDecodeError as error:
        whole = data[: error.start]
        if is_utf8(data, cut=True) and not whole.isascii():  # it is cut short within a letter
            return whole.decode(), "UTF-8"
    declared = _DECLARED.search(data[:200])
    if declared is not None and (found := _known(declared[1].decode())) is not None:
        return _strictly(data, found[0]), found[1]
    codec, name = _ENCODINGS[guess_encoding([data])]
    return _strictly(data, codec), name


def guess_encoding(samples: Sequence[bytes]) -> str:
    """The one encoding, of those that people still save in, in which all samples are words.

    Returns:
        Python's name of it.
    Raises:
        NotText: there is none, or more than one.

    >>> guess_encoding(["写真_1.jpg".encode("cp932"), "ネジ.jpg".encode("cp932")])
    'cp932'
    """
    found = [codec for codec, plausible in _PLAUSIBLE.items() if _spells(samples, codec, plausible)]
    if len(found) != 1:
        raise NotText
    return found[0]


class Utf8Files:
    """The files of a store, each read as UTF-8.

    Args:
        files: where they lie.
        strict: whether a file that is no text in a known encoding raises UserError when it is
            opened; otherwise its bytes come as they are, for those who only look what it is.

    Attributes:
        read_as: name -> encoding, of the files read so far that were not UTF-8.
    """

    def __init__(self, files: Files, *, strict: bool) -> None:
        self._files, self._strict = files, strict
        self.names: Sequence[str] = files.names
        self.shown: Shown = files.shown
        self.root = files.root
        self.read_as: dict[str, str] = {}

    def strictly(self) -> Utf8Files:
        """The same files for those who read them."""
        return Utf8Files(self._files, strict=True)

    def open(self, name: str) -> BinaryIO:
        if not self._strict and is_utf8(start := read_start(self._files, name, _PEEK), cut=True):
            file = self._files.open(name)
            file.read(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
            return file
        data = read_file(self._files, name, MAX_TEXT_BYTES)
        if (
            is_utf8(data)
            and not data.startswith(codecs.BOM_UTF8)
            and not _DECLARED.search(data[:200])
        ):
            return io.BytesIO(data)
        try:
            text, encoding = decode_text(data)
        except NotText:
            if not self._strict:
                return io.BytesIO(data)
            raise UserError(
                "{file} is not UTF-8 text, and what it is written in cannot be told: save it as "
                "UTF-8.",
                file=display_name(name),
            ) from None
        if encoding != "UTF-8":
            self.read_as[name] = encoding
        return io.BytesIO(_DECLARATION.sub(r"\1", text, count=1).encode())

    def size(self, name: str) -> int:
        return self._files.size(name)


def is_utf8(data: bytes, *, cut: bool = False) -> bool:
    """Whether bytes are UTF-8 text without a zero; `cut`: the last character may be cut off."""
    if b"\0" in data[:_PEEK]:
        return False
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PEEK):  # text of a gigabyte is not needed at once
            decoder.decode(data[start : start + _PEEK])
        decoder.decode(b"", final=not cut)
    except UnicodeDecodeError:
        return False
    return True


def _strictly(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
    except (UnicodeDecodeError, ValueError):
        raise NotText from None
    if _PRIVATE.search(text):
        raise NotText
    return text


def _known(declared: str) -> tuple[str, str] | None:
    try:
        return _ENCODINGS.get(codecs.lookup(declared).name)
    except LookupError:
        return None


def _without_mark(start: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of what labels are made of is 0."""
    half = len(start) // 2
    if half < 2:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else None


def _spells(samples: Sequence[bytes], codec: str, plausible: Callable[[str], bool]) -> bool:
    try:
        texts = [sample.decode(_ENCODINGS[codec][0]) for sample in samples]
    except UnicodeDecodeError:
        return False
    return all(plausible(text) for text in texts)


def _beyond_ascii(text: str) -> str:
    return "".join(sorted({c for c in text if not c.isascii()}))


def _of_first_rows(codec: str, low: int, high: int) -> Callable[[str], bool]:
    """Whether a text has the common characters of an East Asian set, which come first in it."""

    def plausible(text: str) -> bool:
        for c in _beyond_ascii(text):
            if unicodedata.east_asian_width(c) in "WF" and unicodedata.category(c)[0] == "P":
                continue
            try:
                row = c.encode(codec)[0]
            except UnicodeEncodeError:
                return False
            if not low <= row <= high:
                return False
        return True

    return plausible


def _is_japanese(text: str) -> bool:
    return all(
        "\u3000" <= c <= "\u30ff" or "\uff01" <= c <= "\uff5e" or _JIS_FIRST_LEVEL(c)
        for c in _beyond_ascii(text)
    )


def _has_kana(text: str) -> bool:
    """Japanese of which an encoding can be told: ideographs alone could as well be Chinese."""
    return _is_japanese(text) and any("\u3041" <= c <= "\u30ff" for c in text)


def _is_western(text: str) -> bool:
    """Letters with accents, in words that have as many without."""
    signs = set(_beyond_ascii(text)) - set("°²³µ±×–—‘’“”„…€£«»§")
    if not all("À" <= c <= "ÿ" or c in "ŒœŠšŽžŸ" for c in signs):
        return False
    words = [word for word in _WORD.findall(text) if len(word) > 1]
    return all(2 * sum(map(str.isascii, word)) >= len(word) for word in words)


def _is_cyrillic(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    # Of KOI8-R's letters those of CP1251 are the other case: "bOLT".
    cases = (word.islower() or word.isupper() or word.istitle() for word in words)
    is_letters = all("А" <= c <= "я" or c in "Ёё№" for c in _beyond_ascii(text))
    return is_letters and all(cases) and not any(c.isascii() for word in words for c in word)


def _is_korean(text: str) -> bool:
    """Syllables, of which most are common ones: any Chinese can be read as rare ones."""
    own = _beyond_ascii(text)
    return _HANGUL(text) and 2 * len(_COMMON_SYLLABLES.intersection(own)) > len(own)


_HANGUL = _of_first_rows("euc_kr", 0xB0, 0xC8)
_JIS_FIRST_LEVEL = _of_first_rows("cp932", 0x88, 0x98)
_PLAUSIBLE: dict[str, Callable[[str], bool]] = {
    "gb18030": _of_first_rows("gb2312", 0xB0, 0xD7),
    "big5": _of_first_rows("big5", 0xA4, 0xC6),
    "cp932": _is_japanese,
    "euc_jp": _has_kana,
    "cp949": _is_korean,
    "cp1252": _is_western,
    "cp1251": _is_cyrillic,
}
