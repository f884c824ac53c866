"""Words in the sources that are not for translation, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetOff:
    """Texts of one file.

    Attributes:
        path: the file.
        words: a pattern that some part of the text matches.
        reason: why nobody has to translate it.
    """

    path: str
    words: str
    reason: str

    def holds(self, path: str, text: str) -> bool:
        return path == self.path and re.search(self.words, text) is not None


LET_OFF = (
    LetOff("pages/_server/first_visit.py", "^first visit$", "the name of a thread"),
    LetOff("pages/_server/headers.py", "^'self'", "a header of HTTP"),
    LetOff("pages/_server/health.py", "^starting or|^the network", "read by a monitor, as JSON"),
    LetOff("pages/_ui/canvas/assets.py", "^{}\\nexport default", "JavaScript"),
    LetOff("rpn_core/cli/train.py", "^the backbone of", "a value in the JSON beside the weights"),
    LetOff("rpn_core/errors.py", "^UserError|^msg", "passes on the template of its caller"),
    LetOff("rpn_core/figures/design_report.py", "^default-src|^\\nbody {", "HTTP and CSS"),
    LetOff("rpn_core/frameworks/detectron2.py", "^{}MODEL:|LazyCall", "YAML and Python"),
    LetOff("rpn_core/frameworks/torchvision.py", "anchor_generator = ", "Python"),
    LetOff("rpn_core/messages.py", "^n?msg:", "passes on the template of its caller"),
    LetOff("rpn_core/models/device_lost.py", "", "torch's errors, by which they are known"),
    LetOff("rpn_core/models/step_down.py", "^MPS backend", "torch's error, by which it is known"),
    LetOff("rpn_core/models/table.py", "^BSD-3-Clause", "the name of a licence"),
)
