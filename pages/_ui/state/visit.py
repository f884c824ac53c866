"""All that a visit remembers, in one list: what it is, of what type, and of which slot.

What is said to be of the visit is there once, whatever the slot.

    SETTINGS.get()                 the settings of the slot in force
    with slot("b"): SETTINGS.get() those of the other one
    PANEL.key                      key of a control, to be drawn with it; of the slot in force

A control whose setting is declared in `rpn_core.settings` is bound to SETTINGS (see `controls`).
Other controls keep their value in themselves: they are drawn with `**PANEL.kept`, which has
Streamlit hold the value also while they are not drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pages._ui.state.remembered import Control, Remembered

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pages._ui.scene.browser_memory import BrowserMemory
    from pages._ui.scene.edits import KnownObjects
    from pages._ui.scene.scene import Chosen
    from pages._ui.state.workbench import ModelKey, Workbench
    from rpn_core.design.curve import CoverageCurve
    from rpn_core.design.suggest import Suggestion
    from rpn_core.figures.anchor_plane import Region
    from rpn_core.labels.ground_truth import GroundTruth
    from rpn_core.labels.lint.report import LintReport
    from rpn_core.labels.loaded import LoadedLabels
    from rpn_core.messages import Message
    from rpn_core.models.rpn import Rpn
    from rpn_core.photo.photo import Photo
    from rpn_core.results.funnel import FunnelKey
    from rpn_core.settings import AnchorSettings, Settings

# ---- the run: photo, model, settings ---------------------------------------------------------

WORKBENCH: Remembered[Workbench] = Remembered("_workbench")  # what the frame hands to a page
PHOTO: Remembered[Photo] = Remembered("_photo")
SAMPLE: Remembered[str | None] = Remembered("_sample")  # its name, if the photo is a sample
LOADED_MODEL: Remembered[tuple[Rpn, ModelKey]] = Remembered("_loaded_model")
FAILED_MODEL: Remembered[tuple[ModelKey, Message]] = Remembered("_failed_model")
CARD: Remembered[str] = Remembered("_settings_card")  # the model that the settings are for
SETTINGS: Remembered[Settings] = Remembered("_settings")  # the last that fit together
# Slice -> field -> what a control says, while it does not fit with the rest of its slice.
PENDING: Remembered[dict[str, dict[str, Any]]] = Remembered("_settings_pending")
# Level -> its list of shapes as it read, while its sizes and ratios are in force.
SHAPES_ASIDE: Remembered[dict[int, str]] = Remembered("_shapes_aside")
RATIOS_APART: Remembered[bool] = Remembered("_ratios_apart")  # each level has a list of its own
FROM_ADDRESS: Remembered[bool] = Remembered("_settings_from_address")  # they are yet to be read
NETWORK_RAN_FOR: Remembered[Hashable] = Remembered("_network_ran_for")

MODEL: Control[str] = Control("model")
DEVICE: Control[str] = Control("device")
WEIGHTS: Control[Any] = Control("weights_upload")
RETRY_MODEL: Control[bool] = Control("model_retry")
UPLOAD: Control[Any] = Control("photo_upload")
CAMERA: Control[Any] = Control("photo_camera")
CAMERA_ON: Control[bool] = Control("camera_on")
GALLERY: Control[bool] = Control("gallery")
PRESET: Control[str] = Control("preset")
SETTINGS_FILE: Control[Any] = Control("settings_upload")
SETTINGS_TAB: Control[str] = Control("settings_tab")
OPEN_TAB: Remembered[str] = Remembered("_open_settings_tab")  # tabs do not keep it themselves

# ---- what is looked at -----------------------------------------------------------------------

EXPLORE_PANEL: Control[str] = Control("panel")
FUNNEL_CHART: Control[Any] = Control("funnel_chart")
FUNNEL_STAGE: Remembered[FunnelKey | None] = Remembered("_chosen_stage")
TARGETS_PANEL: Control[str] = Control("targets_panel")
TARGETS_TABLE: Control[Any] = Control("targets_objects_table")
TARGETS_FOCUS: Remembered[int | None] = Remembered("_targets_focus")  # number of an object
TARGETS_CLICKED: Remembered[int | None] = Remembered("_targets_clicked")  # on the picture
LABEL_IMAGE: Control[int] = Control("targets_label_image")
LOSS_TABLE: Control[Any] = Control("targets_loss_table")
RECALL_IOU: Control[float] = Control("targets_recall_iou")
NMS_PANEL: Control[str] = Control("nms_panel")
NMS_MATRIX: Control[Any] = Control("nms_matrix")
NMS_CHOSEN: Remembered[Chosen] = Remembered("_nms_chosen")

# ---- the data set, and anchors for it --------------------------------------------------------

LABELS: Remembered[LoadedLabels] = Remembered("_labels", of_visit=True)
LABELS_REPORT: Remembered[tuple[Hashable, LintReport]] = Remembered("_labels_report", of_visit=True)
LABELS_TAKEN: Remembered[int] = Remembered(
    "_labels_uploads", of_visit=True
)  # uploads that were read
LABELS_UPLOAD: Control[Any] = Control("labels_upload", of_visit=True)
LABELS_TINY: Control[float] = Control("labels_tiny", of_visit=True)
RESIZE_RULE: Control[str] = Control("design_rule", of_visit=True)
RESIZE_SIDE: Control[int] = Control("design_side", of_visit=True)
RESIZE_LONG: Control[int] = Control("design_long", of_visit=True)
DESIGN_IOU: Control[float] = Control("design_fg_iou", of_visit=True)
DESIGN_SHOWN: Remembered[Hashable] = Remembered("_design_shown", of_visit=True)
DESIGN_KIND: Control[str] = Control("design_kind", of_visit=True)
PLANE_CHART: Remembered[str] = Remembered("_design_plane_key", of_visit=True)
PLANE_CLOSED: Remembered[int] = Remembered("_design_plane_round", of_visit=True)  # how often
PLANE_REGION: Remembered[tuple[str, Region]] = Remembered("_design_region", of_visit=True)
BUDGET_SHAPES: Control[int] = Control("design_shapes", of_visit=True)
BUDGET_SCOPE: Control[str] = Control("design_scope", of_visit=True)
BUDGET_AIM: Control[str] = Control("design_aim", of_visit=True)
BUDGET_SHARED: Control[bool] = Control("design_shared", of_visit=True)
BUDGET_LEVELS: Control[list[str]] = Control("design_levels", of_visit=True)
# Data that it was made for, the suggestion, and both times after the network.
SUGGESTION: Remembered[tuple[Hashable, Suggestion, tuple[float, float] | None]] = Remembered(
    "_design_suggestion", of_visit=True
)
BEFORE_SUGGESTION: Remembered[AnchorSettings] = Remembered("_design_before_apply")
SHAPES_CURVE: Remembered[tuple[Hashable, CoverageCurve]] = Remembered(
    "_design_curve", of_visit=True
)
FRAMEWORK: Control[str] = Control("design_framework", of_visit=True)
EXPORTED: Control[str] = Control("design_which", of_visit=True)
EXPORT_IMAGE_SIZE: Control[int] = Control("design_image_size", of_visit=True)
PASTED: Control[str] = Control("design_paste", of_visit=True)
PASTED_CHECKED: Remembered[Hashable] = Remembered("_design_checked", of_visit=True)

# ---- the visit -------------------------------------------------------------------------------

# SHA-256 of a photo -> its objects; and those that it had before any edit.
OBJECTS: Remembered[dict[str, GroundTruth]] = Remembered("_ground_truth", of_visit=True)
OBJECTS_AT_FIRST: Remembered[dict[str, GroundTruth]] = Remembered(
    "_ground_truth_originals", of_visit=True
)
OBJECTS_REVISION: Remembered[int] = Remembered("_ground_truth_changes", of_visit=True)
NOTICES: Remembered[dict[str, tuple[Message, ...]]] = Remembered("_notices")
ADDRESS: Remembered[dict[str, str] | None] = Remembered("_address_in_browser", of_visit=True)
SIDE_BAR_DRAWN: Remembered[bool] = Remembered("_side_bar_drawn", of_visit=True)
CHARTS_DRAWN: Remembered[bool] = Remembered("_charts_were_drawn", of_visit=True)
# What the browser has of code, photos and arrays; and key of a canvas -> the picture on it.
BROWSER: Remembered[BrowserMemory] = Remembered("_browser_memory", of_visit=True)
PAINTED: Remembered[dict[str, str]] = Remembered("_picture_shown", of_visit=True)
# Of each canvas: what is known of its objects, and the last edit of these that was received.
KNOWN_OBJECTS: Remembered[KnownObjects] = Remembered("_objects_known", of_visit=True)
RECEIVED_EDIT: Remembered[str] = Remembered("_objects_edit", of_visit=True)
