"""Look-ups that only other units' business explains, spread over many units (domain.md F22).

Who takes a portfolio over, or helps another branch, looks at the customers of one or two units. Who takes customers as they come
meets records of all of them by chance, and each such record would explain a look-up if it stood alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evidence.columns import PLACES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAR_PLACES = tuple(f"far_place_{place}" for place in range(PLACES))
"""Columns of the daily facts: look-ups that only records of other units explain, by the unit's place."""
SCATTERED = "scattered"
"""The measure that `scattered` works out of them, window by window."""
TAKEN_OVER = 2
"""Places whose records may all belong to a portfolio that was taken over, or to a branch that is helped."""


def scattered(by_place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) the far look-ups of a window beyond those of the places that show most.

    Args:
        by_place: (n, PLACES) far look-ups of the window.
    """
    import numpy as np  # here: an investigation asks for the catalogue's words alone

    most = np.sort(by_place, axis=1)[:, -TAKEN_OVER:]
    return np.asarray(by_place.sum(axis=1) - most.sum(axis=1))
