"""Made-up readings by a formula, which any version of anything gives again, and frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def made_up(days: int = 10) -> NDArray[np.int64]:
    """12 households by the hour: a rhythm of the day, and steps that no two have at once."""
    hour, household = np.arange(24 * days)[:, None], np.arange(12)[None, :]
    mixed = (hour * 1103 + household * 7919 + hour * household * 31 + hour * hour % 1009) % 1013
    night = (hour % 24 < 6) * 150
    return np.asarray(400 + mixed % 300 - night + (mixed < 80) * 1500, np.int64)


@dataclass
class Table:
    """What `wattsum.readings.Readings` has."""

    values: NDArray[np.int64]
    present: NDArray[np.bool_]
    meters: tuple[str, ...]
    starts: NDArray[np.datetime64]
    period: int = 3600
    unit: str = "Wh"


def made_up_table(days: int = 10) -> Table:
    values = made_up(days)
    starts = np.datetime64("2026-01-05T00:00:00", "s") + np.arange(len(values)) * np.timedelta64(3600, "s")
    return Table(values, np.ones(values.shape, bool), tuple(f"m{n}" for n in range(12)), starts)


def three_frames(protocol: int = 1, kind: int = 5) -> NDArray[np.uint8]:
    """Contributions of two channels."""
    made = np.zeros((3, 16 + 16 + 16), np.uint8)
    made[:, 0], made[:, 2] = protocol, kind
    made[:, 16:32] = np.array([[1, 2], [2**63, 3], [258, 4]], "<u8").view(np.uint8).reshape(3, 16)
    return made
