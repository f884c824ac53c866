"""The lists of YOLOv3 for Keras, which YOLOv4 for PyTorch has too: a line for each image.

    path/of/image.jpg  x1,y1,x2,y2,class  x1,y1,x2,y2,class ...

Corners in pixels of the image, and the class as a number, which a list of classes may name. An
image without objects has a path alone. The path may have spaces.
"""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.list_txt import ListReader, list_txt, read_list_txt
from rpn_core.labels.formats.pixel_txt import is_number, number_of
from rpn_core.labels.formats.txt_files import is_class_list
from rpn_core.labels.formats.yolo_names import MAX_YAML_BYTES, names_of_text
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg
from rpn_core.photo.kinds import is_image_name
from rpn_core.progress import Progress


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    lists = [name for name in texts.names if is_class_list(name)]
    named = names_of_text(read_file(texts.files, lists[0], MAX_YAML_BYTES)) if lists else {}

    def parse(reader: ListReader, file: str, line: str) -> None:
        path, boxes = _parted(line)
        found = [_box(one) for one in boxes]
        reader.image(path, file)
        for *xyxy, number in found if reader.at >= 0 else ():
            whole = int(number)
            # A number that the list does not name is none of its categories.
            category = named.get(whole) if named else str(whole)
            reader.rows.add_box(reader.at, xyxy, category)

    reader = read_list_txt(texts, names, progress, parse, _why)
    return ReadLabels(reader.rows.label_set(), reader.remarks())


def _parted(line: str) -> tuple[str, list[str]]:
    """The path, and the boxes after it."""
    words = line.split()
    count = 0
    while count < len(words) and _is_box(words[-1 - count]):
        count += 1
    path = line.rsplit(None, count)[0] if count < len(words) else ""
    if not is_image_name(path):
        raise ValueError(line)
    return path, words[len(words) - count :]


def _is_box(word: str) -> bool:
    numbers = word.split(",")
    return len(numbers) == 5 and all(map(is_number, numbers))


def _box(word: str) -> list[float]:
    numbers = [number_of(one) for one in word.split(",")]
    if numbers[4] % 1 or numbers[4] < 0:
        raise ValueError(word)
    return numbers


def _looks(lines: Sequence[str]) -> bool:
    """Paths of images, with boxes after one at least: without any it is a mere list of images."""
    found = []
    for line in lines:
        try:
            found.append(len(_parted(line)[1]))
        except ValueError:
            continue
    return 2 * len(found) > len(lines) and any(found)


def _why(text: str) -> Message:
    return msg(
        "it should be the path of an image, then x1,y1,x2,y2,class for each box, parted by spaces"
    )


def _find(texts: Texts) -> Sequence[str]:
    return list_txt(texts, _looks)


_TITLE = msg("YOLOv3 for Keras")
KERAS_LINES = Format("keras-yolo", _TITLE, _TITLE, (".txt",), _find, _read)
