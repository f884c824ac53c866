"""Settings as a command line gives them: `MODEL.A.SIZES "[[32]]"`, `model.a.sizes=[[32]]`."""

from __future__ import annotations

import re
import shlex

_PATH = r"[+~]{0,2}[A-Za-z_]\w*(?:\.\w+)+"
_BOTH = re.compile(rf"({_PATH})=(.*)", re.DOTALL)
_NAME = re.compile(_PATH)
_LISTED = re.compile(r"[^\s,()\[\]]+(,[^\s,()\[\]]+)+")  # mmcv's `key=8,16` is a list


def overrides(text: str) -> list[tuple[str, str]]:
    """The (path, value) pairs of a command line; [] where the text is none.

    detectron2 takes names and values in turn, LazyConfig and mmdetection `path=value`. What else
    stands on the line, such as the script and its options, is passed over.

    >>> overrides('train.py --num-gpus 8 MODEL.RPN.SIZES "[[32], [64]]"')
    [('MODEL.RPN.SIZES', '[[32], [64]]')]
    >>> overrides("model.head.anchor_generator.scales=8,16")
    [('model.head.anchor_generator.scales', '[8,16]')]
    >>> overrides("cfg.SIZES = [[32]]")
    []
    """
    try:
        words = shlex.split(text.replace("\\\n", " "), comments=True)
    except ValueError:
        return []
    found = list[tuple[str, str]]()
    at = 0
    while at < len(words):
        both, name = _BOTH.fullmatch(words[at]), _NAME.fullmatch(words[at])
        following = words[at + 1] if at + 1 < len(words) else ""
        if both and both[2]:
            path, value, used = both[1], both[2], 1
        elif name and re.match(r"[\[(\"'\d]|-[\d.]", following):
            path, value, used = name[0], following, 2
        else:
            at += 1
            continue
        while value.count("[") + value.count("(") > value.count("]") + value.count(")"):
            if at + used >= len(words):
                break  # a bracket too few, which the reader of the value tells
            value, used = f"{value} {words[at + used]}", used + 1  # the quotes were forgotten
        at += used
        found.append((path.lstrip("+~"), f"[{value}]" if _LISTED.fullmatch(value) else value))
    return found
