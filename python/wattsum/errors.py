"""What goes wrong. `str(error)` is the text of the Rust library, and holds no secret."""

__all__ = [
    "Error",
    "FaultError",
    "InconsistentError",
    "MalformedError",
    "MisuseError",
    "QuorumError",
]


class Error(Exception):
    """Any refusal of this package."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class MisuseError(Error):
    """The calling code is wrong; received data can never cause it."""


class MalformedError(Error, ValueError):
    """Bytes that are no message of this version."""


class FaultError(Error):
    """A party broke the rules: drop what it sent and go on."""

    def __init__(self, message: str, culprit: int) -> None:
        super().__init__(message, culprit)

    @property
    def culprit(self) -> int:
        """Id of the party; 0 is the utility."""
        return int(self.args[1])


class QuorumError(Error):
    """Too few parties answered, or are in a set."""

    def __init__(self, message: str, have: int, need: int) -> None:
        super().__init__(message, have, need)

    @property
    def have(self) -> int:
        """How many there are."""
        return int(self.args[1])

    @property
    def need(self) -> int:
        """How many it takes."""
        return int(self.args[2])


class InconsistentError(Error):
    """Answers that were each acceptable do not fit together."""
