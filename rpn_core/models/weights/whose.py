"""What kind of network a checkpoint is of, by the names of its tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rpn_core.messages import Message, msg

# The first row all of whose patterns are found somewhere; a name may have a prefix.
_KINDS: tuple[tuple[tuple[str, ...], Message], ...] = (
    ((r"proposal_generator\.rpn_head\.",), msg("a whole Faster R-CNN of detectron2")),
    ((r"rpn_head\.rpn_(cls|conv)\.",), msg("a whole Faster R-CNN of mmdetection")),
    ((r"rpn\.head\.", r"roi_heads\."), msg("a whole Faster R-CNN of torchvision")),
    ((r"head\.cls_subnet\.",), msg("a whole RetinaNet of detectron2")),
    ((r"bbox_head\.retina_cls\.",), msg("a whole RetinaNet of mmdetection")),
    ((r"head\.classification_head\.conv\.",), msg("a whole RetinaNet of torchvision")),
    ((r"head\.classification_head\.module_list\.",), msg("a whole SSD of torchvision")),
    ((r"bbox_head\.",), msg("a whole one-stage detector of mmdetection")),
    ((r"(^|\.)dark\d\.", r"(^|\.)head\."), msg("a whole YOLOX")),
    ((r"(^|\.)\d+\.(conv|cv\d|m\.\d+|dfl)\.",), msg("a whole YOLO")),
    ((r"module_list\.\d+\.(conv2d|batch_norm2d|Conv2d|BatchNorm2d)\.",), msg("a whole YOLO")),
    ((r"transformer\.(encoder|decoder)\.", r"class_embed"), msg("a whole DETR")),
    ((r"(^|\.)layer1\.0\.conv1\.", r"(^|\.)fc\."), msg("a ResNet that classifies images")),
    ((r"(^|\.)layer1\.0\.conv1\.",), msg("a ResNet alone")),
    ((r"(^|\.)features\.\d+\.", r"(^|\.)classifier\."), msg("a network that classifies images")),
    ((r"(^|\.)conv_stem\.", r"(^|\.)classifier\."), msg("a network that classifies images")),
    ((r"(^|\.)patch_embed\.",), msg("a vision transformer")),
)


def whose_weights(names: Iterable[str]) -> Message | None:
    """What these are the weights of; None where the names tell nothing.

    >>> str(whose_weights(["model.0.conv.weight", "model.24.m.0.bias"]))
    'a whole YOLO'
    """
    names = list(names)
    for patterns, kind in _KINDS:
        if all(any(re.search(pattern, name) for name in names) for pattern in patterns):
            return kind
    return None
