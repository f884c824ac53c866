"""What a visitor's browser has of code, words, photos and arrays, as far as the server knows."""

from __future__ import annotations

from collections.abc import Mapping

from cachetools import LRUCache

# As many photos as the browser keeps (photos.js), and half of the bytes that it keeps of arrays
# (arrays.js): what it has dropped all the same, it asks for.
PHOTOS_KEPT = 8
ARRAY_BYTES_KEPT = 32_000_000


class BrowserMemory:
    """Ids of what was sent and is still there; least recently used goes first, as it does there.

    A payload can be overtaken by the next one and be lost. The browser then asks for what it
    lacks, and all of it is forgotten here.

    Attributes:
        has_code: whether the canvas's code was handed over.
    """

    def __init__(self) -> None:
        self.has_code = False
        self._words = ""
        self._photos: LRUCache[str, None] = LRUCache(PHOTOS_KEPT)
        self._arrays: LRUCache[str, int] = LRUCache(ARRAY_BYTES_KEPT, getsizeof=int)

    def has_words(self, words_id: str) -> bool:
        return words_id == self._words

    def has_photo(self, photo_id: str) -> bool:
        return photo_id in self._photos

    def has_array(self, array_id: str) -> bool:
        return array_id in self._arrays

    def note(self, photo_id: str, arrays: Mapping[str, int], words_id: str = "") -> None:
        """The code, and a payload with these, were handed over, or it refers to them.

        Args:
            photo_id: of the one photo.
            arrays: id of each array -> its bytes.
            words_id: of the words in the language in force; "" where they are the English ones.
        """
        self.has_code = True
        self._words = words_id or self._words
        self._photos[photo_id] = None
        for array_id, size in arrays.items():
            if size <= ARRAY_BYTES_KEPT:
                self._arrays[array_id] = size

    def forget(self) -> None:
        """The browser lacks something: it gets everything again."""
        self.has_code = False
        self._words = ""
        self._photos.clear()
        self._arrays.clear()
