"""An image of a data set as the photo, with its boxes as objects."""

from __future__ import annotations

from pages._ui.frame.photo_picker import open_photo, read_to_keep
from pages._ui.objects.labels_panel import labels_report
from pages._ui.objects.store import begin_with
from pages._ui.state.notices import notice
from rpn_core.labels.ground_truth import labelled
from rpn_core.labels.lint.verdict import verdict
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.photo.samples import samples


def open_labelled_image(loaded: LoadedLabels, image: int) -> None:
    """Make an image of a label set the photo, with its boxes as objects; tell their errors.

    Args:
        image: its place in `loaded.labels.names`.
    Raises:
        UserError: the image did not come with the labels, or cannot be read; the photo that was
            open stays.
    """
    name = loaded.labels.names[image]
    photo = read_to_keep(loaded.images.read(name), name)
    sample = next((entry.name for entry in samples() if entry.sha256 == photo.sha256), None)
    open_photo(photo, sample)
    notice("photo", *verdict(labels_report(loaded)).of_image(image))
    begin_with(photo.sha256, labelled(loaded, image))
