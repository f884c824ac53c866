"""The one kind of error that a person is shown."""

from __future__ import annotations

from rpn_core.messages import Message, msg


class UserError(ValueError):
    """Something that came from outside cannot be used.

    The message is one clear sentence for a person: what came, what was expected and what to do.
    Pages and the command line print it as it is; every other exception is a defect of ours.

    Args:
        template: a literal, so that the catalogue has it (see `messages`), or a whole message.
        facts: what the template names.

    >>> str(UserError("{name} is not an image: choose a JPEG, PNG or WebP file.", name="a.txt"))
    'a.txt is not an image: choose a JPEG, PNG or WebP file.'
    """

    def __init__(self, template: str | Message, /, **facts: object) -> None:
        self.message = template if isinstance(template, Message) else msg(template, **facts)
        super().__init__(self.message)

    def __str__(self) -> str:
        """The sentence, in the language in force."""
        return str(self.message)

    def __reduce__(self) -> tuple[type[UserError], tuple[Message]]:
        return type(self), (self.message,)
