"""A table that grows block by block, column by column: what every part of the synthetic bank writes into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

NONE = -1
INVENTED = -2  # a number that somebody made up
NEVER = np.iinfo(np.int64).min


@dataclass
class Growing:
    """Columns of equal length, appended to in blocks.

    Attributes:
        columns: Name → (numpy type, value where a block says nothing).
    """

    columns: dict[str, tuple[str, Any]]
    blocks: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    size: int = 0

    def add(self, n: int, **values: ArrayLike) -> NDArray[np.int64]:
        """Append n rows and return their row numbers; a scalar fills the block."""
        if unknown := values.keys() - self.columns.keys():
            raise KeyError(f"no such columns: {sorted(unknown)}")
        block = {}
        for name, (kind, default) in self.columns.items():
            cells = np.asarray(values.get(name, default), dtype=kind)
            block[name] = np.full(n, cells, dtype=kind) if cells.ndim == 0 else cells
            if len(block[name]) != n:
                raise ValueError(f"column {name} has {len(block[name])} rows, not {n}")
        if n:
            self.blocks.append(block)
        first = self.size
        self.size += n
        return np.arange(first, self.size, dtype=np.int64)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if len(self.blocks) > 1:
            merged = {c: np.concatenate([block[c] for block in self.blocks]) for c in self.columns}
            self.blocks = [merged]
        if not self.blocks:
            return np.empty(0, dtype=self.columns[name][0])
        return self.blocks[0][name]

    def __len__(self) -> int:
        return self.size
