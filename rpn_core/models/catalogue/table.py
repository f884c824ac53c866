"""All models as data. Nothing here loads a network: the table is cheap to import."""

from __future__ import annotations

import json
from typing import Any

from rpn_core.messages import Message, msg, series, verbatim
from rpn_core.models.catalogue.card import ModelCard, ShapeRange, WeightsKind
from rpn_core.settings import (
    AnchorSettings,
    InputSettings,
    NmsSettings,
    SelectionSettings,
    Settings,
)
from rpn_core.shipped import ROOT
from rpn_core.stages.network_input import Preprocess

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
_DETECTOR_INPUT = Preprocess(_IMAGENET_MEAN, _IMAGENET_STD, size_divisor=32, antialias=False)
_VGG_INPUT = Preprocess(_IMAGENET_MEAN, _IMAGENET_STD, size_divisor=1, antialias=False)
_RATIOS = (0.5, 1.0, 2.0)
_TORCHVISIONS_LICENCE = "BSD-3-Clause (torchvision)"
_PYTORCH_FILES = "https://download.pytorch.org/models/"


def _torchvision_anchors(sizes: tuple[tuple[float, ...], ...]) -> AnchorSettings:
    return AnchorSettings(
        sizes=sizes,
        aspect_ratios=(_RATIOS,) * len(sizes),
        offset=0.0,
        convention="torchvision",
    )


_RESNET_FPN = Settings(
    input=InputSettings(min_side=800, max_side=1333),
    anchors=_torchvision_anchors(((32,), (64,), (128,), (256,), (512,))),
    selection=SelectionSettings(pre_nms_top_n=1000),
    nms=NmsSettings(nms_thresh=0.7, post_nms_top_n=1000),
)
_MOBILENET_ANCHORS = _torchvision_anchors(((32, 64, 128, 256, 512),) * 3)


def _torchvision_card(
    name: str,
    title: Message,
    source: Message,
    file: str,
    own_settings: Settings,
    box_map: float,
    strides: tuple[int, ...] = (4, 8, 16, 32, 64),
) -> ModelCard:
    return ModelCard(
        name=name,
        title=title,
        source=source,
        licence=_TORCHVISIONS_LICENCE,
        weights_kind=WeightsKind.DOWNLOAD,
        weights_origin=msg("torchvision's COCO_V1 weights, trained on COCO 2017."),
        weights_file=_PYTORCH_FILES + file,
        # torchvision publishes the first digits of the SHA-256 as part of the file's name.
        sha256=file.removesuffix(".pth").rpartition("-")[2],
        strides=strides,
        preprocess=_DETECTOR_INPUT,
        own_settings=own_settings,
        figures=msg(
            "COCO box mAP {box_map:.1f} of the whole detector, by torchvision; the recall of its "
            "proposals is not published.",
            box_map=box_map,
        ),
    )


def _bundled_facts(weights: str) -> dict[str, Any]:
    """Read what is written beside bundled weights; nothing while there are none."""
    card = (ROOT / weights).with_suffix(".json")
    if not card.is_file():
        return {}
    facts: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
    return facts


def _figures(facts: dict[str, Any]) -> Message | None:
    """The measured recall as one sentence."""
    parts = [
        msg(
            "AR@{counts} {recalls} on {data}",
            counts="/".join(row["average_recall"]),
            recalls="/".join(f"{value:.3f}" for value in row["average_recall"].values()),
            data=row["data"],
        )
        for row in facts.get("figures", [])
    ]
    if not parts:
        return None
    return msg("{figures}.", figures=series(parts))


def _own_card(
    name: str, title: Message, source: Message, strides: tuple[int, ...], own: Settings
) -> ModelCard:
    """The card of a network that this project trained; its weights lie in assets/models."""
    weights = f"assets/models/{name}.safetensors"
    facts = _bundled_facts(weights)
    return ModelCard(
        name=name,
        title=title,
        source=source,
        licence="Apache-2.0",
        weights_kind=WeightsKind.BUNDLED,
        weights_origin=msg(
            "Trained for this project on photos of COCO and PASCAL VOC, from ImageNet weights."
        ),
        weights_file=weights,
        sha256=facts.get("sha256"),
        strides=strides,
        preprocess=Preprocess((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), size_divisor=32, antialias=True),
        own_settings=own,
        figures=_figures(facts),
        any_anchor=True,
        # 4 strides x 2^-2 to 2^3.2: the widest draw of their recipes.
        trained_shapes=ShapeRange((1.0, 36.7), 3.0),
    )


# One map: every cell has anchors of all sizes, from 16 px on, each 2^(2/3) times the one before,
# and the one level hands on as many boxes as the authors' code does (Ren et al. 2015).
_ONE_MAP = Settings(
    anchors=AnchorSettings(((16, 25, 40, 64, 102, 161, 256, 406),), ((0.5, 1, 2),)),
    selection=SelectionSettings(pre_nms_top_n=6000),
)

_ALL = (
    _own_card(
        "lite0-fpn",
        msg("Lite0-FPN, any anchor"),
        msg(
            "EfficientNet-Lite0 (Tan & Le 2019), FPN (Lin et al. 2017), head conditioned on the "
            "anchor's shape (after MetaAnchor, Yang et al. 2018)"
        ),
        strides=(8, 16, 32, 64),
        own=Settings(),
    ),
    _own_card(
        "lite0-c4",
        msg("Lite0-C4, any anchor, one map"),
        msg(
            "EfficientNet-Lite0 (Tan & Le 2019), one feature map at stride 16 as in Ren et al. "
            "2015, head conditioned on the anchor's shape (after MetaAnchor, Yang et al. 2018)"
        ),
        strides=(16,),
        own=_ONE_MAP,
    ),
    _torchvision_card(
        "fasterrcnn_resnet50_fpn",
        verbatim("Faster R-CNN, ResNet-50 FPN"),
        verbatim("Ren et al. 2015, https://arxiv.org/abs/1506.01497"),
        "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
        _RESNET_FPN,
        box_map=37.0,
    ),
    _torchvision_card(
        "fasterrcnn_resnet50_fpn_v2",
        verbatim("Faster R-CNN, ResNet-50 FPN, v2"),
        verbatim("Li et al. 2021, https://arxiv.org/abs/2111.11429"),
        "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth",
        _RESNET_FPN,
        box_map=46.7,
    ),
    _torchvision_card(
        "fasterrcnn_mobilenet_v3_large_fpn",
        verbatim("Faster R-CNN, MobileNetV3 FPN"),
        msg("Ren et al. 2015 on MobileNetV3 (Howard et al. 2019)"),
        "fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth",
        Settings(
            input=InputSettings(min_side=800, max_side=1333),
            anchors=_MOBILENET_ANCHORS,
            selection=SelectionSettings(pre_nms_top_n=1000, score_thresh=0.05),
            nms=NmsSettings(nms_thresh=0.7, post_nms_top_n=1000),
        ),
        box_map=32.8,
        strides=(32, 32, 64),
    ),
    _torchvision_card(
        "fasterrcnn_mobilenet_v3_large_320_fpn",
        verbatim("Faster R-CNN, MobileNetV3 FPN, 320 px"),
        msg("Ren et al. 2015 on MobileNetV3 (Howard et al. 2019)"),
        "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
        Settings(
            input=InputSettings(min_side=320, max_side=640),
            anchors=_MOBILENET_ANCHORS,
            selection=SelectionSettings(pre_nms_top_n=150, score_thresh=0.05),
            nms=NmsSettings(nms_thresh=0.7, post_nms_top_n=150),
        ),
        box_map=22.8,
        strides=(32, 32, 64),
    ),
    _torchvision_card(
        "maskrcnn_resnet50_fpn",
        verbatim("Mask R-CNN, ResNet-50 FPN"),
        verbatim("He et al. 2017, https://arxiv.org/abs/1703.06870"),
        "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth",
        _RESNET_FPN,
        box_map=37.9,
    ),
    ModelCard(
        name="vgg16",
        title=msg("VGG16, the paper's RPN"),
        source=msg("Ren et al. 2015, https://arxiv.org/abs/1506.01497, sec. 3.1 and 3.3"),
        licence=_TORCHVISIONS_LICENCE,
        weights_kind=WeightsKind.NONE,
        weights_origin=msg(
            "No weights: for the paper's geometry and for a checkpoint of your own."
        ),
        weights_file=None,
        sha256=None,
        strides=(16,),
        preprocess=_VGG_INPUT,
        own_settings=Settings(
            input=InputSettings(min_side=600, max_side=1000),
            anchors=_torchvision_anchors(((128, 256, 512),)),
            # 6,000 into NMS is the authors' code; 300 out of it is the paper's test setting.
            selection=SelectionSettings(pre_nms_top_n=6000),
            nms=NmsSettings(nms_thresh=0.7, post_nms_top_n=300),
        ),
    ),
)

CARDS: dict[str, ModelCard] = {card.name: card for card in _ALL}
DEFAULT_MODEL = "lite0-fpn"
