"""An image of a data set as the photo, with its boxes as objects."""

from __future__ import annotations

from pages._ui.frame.photo_picker import open_photo, read_to_keep
from pages._ui.objects.store import begin_with
from pages._ui.state.notices import notice
from rpn_core.labels.ground_truth import labelled
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.messages import Message, msg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.photo import Photo
from rpn_core.photo.samples import samples


def open_labelled_image(loaded: LoadedLabels, image: int) -> None:
    """Make an image of a label set the photo, with its boxes as objects.

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
    notice("photo", *_size_sentences(loaded.labels, image, photo))
    begin_with(photo.sha256, labelled(loaded, image))


def _size_sentences(labels: LabelSet, image: int, photo: Photo) -> list[Message]:
    height, width = labels.sizes_hw[image].tolist()
    if (height, width) in ((0, 0), photo.hw):
        return []
    return [
        msg(
            "The labels say that {name} has {width} × {height} px, but it has {photo_width} × "
            "{photo_height}: its boxes are shown where the labels put them, and may be off. Check "
            "whether the image was resized or turned after it was labelled.",
            name=display_name(labels.names[image]),
            width=width,
            height=height,
            photo_width=photo.hw[1],
            photo_height=photo.hw[0],
        )
    ]
