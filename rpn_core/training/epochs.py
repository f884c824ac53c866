"""In which order images are seen: everything once, in batches that waste little on padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import cycle, islice


def epoch_order(tall: Sequence[bool], batch_images: int, shuffle: random.Random) -> list[int]:
    """Shuffle the images of an epoch so that a batch holds tall ones or wide ones.

    Padded to one size, a mixed batch would be a quarter padding. What is left of both kinds makes
    mixed batches at the end; the last one is filled up with images from the beginning.

    Args:
        tall: of each image, whether it is higher than wide.
    Returns:
        indices, as many as fit whole batches; each image at least once.

    >>> order = epoch_order([True, False, True, False, False], 2, random.Random(0))
    >>> len(order), sorted(set(order))
    (6, [0, 1, 2, 3, 4])
    """
    order = shuffle.sample(range(len(tall)), len(tall))
    whole, left = list[list[int]](), list[int]()
    for kind in (False, True):
        alike = [image for image in order if bool(tall[image]) is kind]
        full = len(alike) // batch_images * batch_images
        whole += [alike[i : i + batch_images] for i in range(0, full, batch_images)]
        left += alike[full:]
    shuffle.shuffle(whole)
    images = [image for batch in whole for image in batch] + left
    batches = -(-len(images) // batch_images)
    return list(islice(cycle(images), batches * batch_images))
