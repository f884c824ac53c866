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
    LetOff("app.py", "RPN Explorer$", "the name of the product"),
    LetOff("pages/_server/first_visit.py", "^first visit$", "the name of a thread"),
    LetOff("pages/_server/headers.py", "^'self'", "a header of HTTP"),
    LetOff("pages/_server/health.py", "^starting or|^the network", "read by a monitor, as JSON"),
    LetOff(
        "pages/_ui/frame/frame.py", "^<style>|RPN Explorer$", "CSS, and the name of the product"
    ),
    LetOff("pages/_ui/scripts/join.py", r"export |^const {}", "JavaScript"),
    LetOff("rpn_core/__init__.py", "^module {} has no", "Python's own words to a programmer"),
    LetOff("rpn_core/labels/ground_truth.py", "^label set$", "a value for programs"),
    LetOff("rpn_core/cli/train.py", "^the backbone of", "a value in the JSON beside the weights"),
    LetOff("rpn_core/design/findings.py", "^[a-z]+ [a-z ]+$", "a kind of finding, for programs"),
    LetOff("rpn_core/errors.py", "^UserError|^msg", "passes on the template of its caller"),
    LetOff("rpn_core/evaluation/anchor_sweep.py", "^x{}, ratios", "a key of the JSON report"),
    LetOff("rpn_core/proposers/anchors_alone.py", "^anchors of", "a key of the JSON report"),
    LetOff("rpn_core/proposers/selective_search.py", "^selective search, fast", "the same"),
    LetOff("rpn_core/figures/design_report.py", "^all reached$", "a kind, for programs"),
    LetOff("rpn_core/frameworks/detectron2.py", "^{}MODEL:|LazyCall|^Sizes:", "YAML and Python"),
    LetOff("rpn_core/frameworks/exported.py", "^Note: {}", "a comment in generated code"),
    LetOff(
        "rpn_core/frameworks/mmdetection.py",
        "^the (base size|stride)$|^Scales:|^base_sizes:",
        "same",
    ),
    LetOff("rpn_core/frameworks/ours.py", "^RPN Explorer JSON$", "the name of a format"),
    LetOff("rpn_core/frameworks/retinanets.py", " (ini|yaml)$", "names of formats"),
    LetOff(
        "rpn_core/frameworks/torchvision.py",
        "^Sizes:|anchor_generator = |^cell_anchors:|^torchvision lays these",
        "Python",
    ),
    LetOff(
        "rpn_core/frameworks/yolo.py",
        "^YOLO yaml$|^w,h in|^(# )?For --img|^stride {}|^Train with",
        "the name of a format, and comments in generated text",
    ),
    LetOff("rpn_core/frameworks/yolo_text.py", "num_of_clusters", "what other programs print"),
    LetOff("rpn_core/messages.py", "^n?msg:", "passes on the template of its caller"),
    LetOff("rpn_core/models/runtime/device_lost.py", "", "torch's errors, by which they are known"),
    LetOff("rpn_core/models/catalogue/table.py", "^BSD-3-Clause", "the name of a licence"),
    LetOff("rpn_core/settings/presets.py", "^torchvision FPN$", "a name in links"),
    LetOff("rpn_core/settings/table.py", "^# Settings", "a page of the documentation"),
    LetOff("rpn_core/stages/run.py", "^the run was|^made with", "a programmer's error, a key"),
    LetOff("rpn_core/targets/why.py", "^[a-z]+ [a-z ]+$", "a reason, for programs"),
)
