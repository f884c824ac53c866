"""The region proposal network behind RPN Explorer, as a library.

Proposals for one photo:

>>> import rpn_core
>>> rpn = rpn_core.load_model("lite0-fpn", device="cpu")
>>> pixels = rpn_core.sample_pixels("astronaut")  # your own: read_pixels(file.read_bytes(), name)
>>> proposer = rpn_core.RpnProposer(rpn, rpn.card.own_settings)
>>> stages = rpn_core.run_stages(proposer, pixels)
>>> stages.proposals.boxes.shape[1], bool(stages.proposals.scores[0] > 0.9)
(4, True)

What anchors offer the boxes of a data set, and which anchors would offer more:

>>> labels = rpn_core.example_labels().labels  # your own: read_labels(path).labels
>>> objects = rpn_core.design_objects(labels, rpn_core.ResizeRule("long_side", 448))
>>> pyramid, anchors = rpn_core.Pyramid(rpn.card.strides), rpn.card.own_settings.anchors
>>> found = rpn_core.coverage(objects, pyramid, anchors)
>>> budget = rpn_core.Budget(shapes=9, evaluations=2000)
>>> better = rpn_core.suggest(objects, pyramid, anchors, budget)
>>> 0 < found.mean_iou < better.after.mean_iou < 1
True

What is named here stays; the modules below may be rearranged. Importing `rpn_core` is cheap: a name
brings its module, and with it torch, when it is first asked for.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rpn_core.design.budget import Budget as Budget
    from rpn_core.design.coverage import Coverage as Coverage
    from rpn_core.design.coverage import coverage as coverage
    from rpn_core.design.objects import DesignObjects as DesignObjects
    from rpn_core.design.objects import design_objects as design_objects
    from rpn_core.design.pyramid import Pyramid as Pyramid
    from rpn_core.design.resize_rule import ResizeRule as ResizeRule
    from rpn_core.design.suggest import Suggestion as Suggestion
    from rpn_core.design.suggest import suggest as suggest
    from rpn_core.errors import UserError as UserError
    from rpn_core.frameworks.read import read_anchors as read_anchors
    from rpn_core.frameworks.table import export_anchors as export_anchors
    from rpn_core.labels.formats.example import example_labels as example_labels
    from rpn_core.labels.formats.read import read_labels as read_labels
    from rpn_core.labels.label_set import LabelSet as LabelSet
    from rpn_core.labels.lint.report import LintReport as LintReport
    from rpn_core.labels.lint.report import lint as lint
    from rpn_core.labels.loaded import LoadedLabels as LoadedLabels
    from rpn_core.models.load import load_model as load_model
    from rpn_core.models.rpn import Rpn as Rpn
    from rpn_core.photo.photo import Photo as Photo
    from rpn_core.photo.reader import read_photo as read_photo
    from rpn_core.photo.reader import read_pixels as read_pixels
    from rpn_core.photo.samples import sample_pixels as sample_pixels
    from rpn_core.proposers.plain import run_stages as run_stages
    from rpn_core.proposers.rpn import RpnProposer as RpnProposer
    from rpn_core.results.export import coco_results as coco_results
    from rpn_core.settings import file as _settings_file
    from rpn_core.settings.proposals import AnchorSettings as AnchorSettings
    from rpn_core.settings.proposals import HeadSettings as HeadSettings
    from rpn_core.settings.proposals import InputSettings as InputSettings
    from rpn_core.settings.proposals import NmsSettings as NmsSettings
    from rpn_core.settings.proposals import SelectionSettings as SelectionSettings
    from rpn_core.settings.whole import Settings as Settings
    from rpn_core.stages.proposals import Proposals as Proposals
    from rpn_core.stages.stage_results import StageResults as StageResults

    settings_from_json = _settings_file.from_json
    settings_to_json = _settings_file.to_json

__version__ = "0.1.0"  # the one place where it is written

# Name -> where it is at home. A type checker reads the same above; a test holds the two together.
PUBLIC = {
    # photos
    "Photo": "rpn_core.photo.photo:Photo",
    "read_photo": "rpn_core.photo.reader:read_photo",
    "read_pixels": "rpn_core.photo.reader:read_pixels",
    "sample_pixels": "rpn_core.photo.samples:sample_pixels",
    # models
    "Rpn": "rpn_core.models.rpn:Rpn",
    "load_model": "rpn_core.models.load:load_model",
    # settings
    "AnchorSettings": "rpn_core.settings.proposals:AnchorSettings",
    "HeadSettings": "rpn_core.settings.proposals:HeadSettings",
    "InputSettings": "rpn_core.settings.proposals:InputSettings",
    "NmsSettings": "rpn_core.settings.proposals:NmsSettings",
    "SelectionSettings": "rpn_core.settings.proposals:SelectionSettings",
    "Settings": "rpn_core.settings.whole:Settings",
    "settings_from_json": "rpn_core.settings.file:from_json",
    "settings_to_json": "rpn_core.settings.file:to_json",
    # proposals
    "Proposals": "rpn_core.stages.proposals:Proposals",
    "RpnProposer": "rpn_core.proposers.rpn:RpnProposer",
    "StageResults": "rpn_core.stages.stage_results:StageResults",
    "coco_results": "rpn_core.results.export:coco_results",
    "run_stages": "rpn_core.proposers.plain:run_stages",
    # boxes of a data set
    "LabelSet": "rpn_core.labels.label_set:LabelSet",
    "LintReport": "rpn_core.labels.lint.report:LintReport",
    "LoadedLabels": "rpn_core.labels.loaded:LoadedLabels",
    "example_labels": "rpn_core.labels.formats.example:example_labels",
    "lint": "rpn_core.labels.lint.report:lint",
    "read_labels": "rpn_core.labels.formats.read:read_labels",
    # anchors for a data set
    "Budget": "rpn_core.design.budget:Budget",
    "Coverage": "rpn_core.design.coverage:Coverage",
    "DesignObjects": "rpn_core.design.objects:DesignObjects",
    "Pyramid": "rpn_core.design.pyramid:Pyramid",
    "ResizeRule": "rpn_core.design.resize_rule:ResizeRule",
    "Suggestion": "rpn_core.design.suggest:Suggestion",
    "coverage": "rpn_core.design.coverage:coverage",
    "design_objects": "rpn_core.design.objects:design_objects",
    "export_anchors": "rpn_core.frameworks.table:export_anchors",
    "read_anchors": "rpn_core.frameworks.read:read_anchors",
    "suggest": "rpn_core.design.suggest:suggest",
    # what all of them raise for what came from outside
    "UserError": "rpn_core.errors:UserError",
}

__all__ = sorted([*PUBLIC, "__version__"])


if not TYPE_CHECKING:  # which reads the imports above, and finds names that are not there

    def __getattr__(name: str) -> Any:
        if name not in PUBLIC:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = resolve_name(PUBLIC[name])  # from now on without this function
        return found


def __dir__() -> list[str]:
    return __all__
