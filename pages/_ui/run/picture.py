"""A stage of the pages' own: the photo as the browser gets it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pages._ui.scene.scene import DisplayPhoto, encode_photo
from rpn_core.messages import msg
from rpn_core.photo.photo import Photo
from rpn_core.proposers.network import GRAPH


@GRAPH.stage(label=msg("picture"))
def picture(photo: Photo, pixels: NDArray[np.uint8]) -> DisplayPhoto:
    return encode_photo(pixels, photo.sha256)
