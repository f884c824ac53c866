"""The one kind of error that a person is shown."""

from __future__ import annotations


class UserError(ValueError):
    """Something that came from outside cannot be used.

    The message is one clear sentence for a person: what came, what was expected and what to do.
    Pages and the command line print it as it is; every other exception is a defect of ours.

    >>> str(UserError("notes.txt is not an image: choose a JPEG, PNG, WebP, BMP or TIFF file."))
    'notes.txt is not an image: choose a JPEG, PNG, WebP, BMP or TIFF file.'
    """
