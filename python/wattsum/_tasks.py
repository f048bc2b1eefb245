"""What a task of `wattsum.spark` does with its partition: functions of its rows alone; it may run twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wattsum import _columns
from wattsum._columns import Batch, Column, Table, arrow
from wattsum.errors import Error, MisuseError

if TYPE_CHECKING:
    from wattsum.merge import Protocol

MADE = ("state", "members", "duplicates", "contradictions")
"""Columns of the result, after the keys."""
_CHUNK = 1 << 17
"""Rows that are summed at once, unless the keys alone are more."""
_BATCH = 1 << 14
"""Rows of a batch that goes back to Spark."""


@dataclass(frozen=True)
class Tasks:
    """The two steps over a frame whose columns are called so; they are given by place: keys, meter, state."""

    keys: tuple[str, ...]
    meter: str | None
    state: str
    protocol: Protocol

    def distinct(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Rows sorted by key and meter, each meter's once: their sums by key."""
        titles = [*self.keys, *([] if self.meter is None else [self.meter]), self.state]

        def step(table: Table, last: bool) -> tuple[Table | None, Table]:
            rest = table.slice(0, 0) if last else table.slice(self._settled(table))
            done = table.slice(0, table.num_rows - rest.num_rows)
            return self._named(self._distinct, done) if done.num_rows else None, rest

        return _stepped(batches, titles, step)

    def added(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """What `distinct` gave, with all rows of a key: added up by key."""

        def step(table: Table, last: bool) -> tuple[Table | None, Table]:
            sums = self._named(self._added, table)
            return (sums, table.slice(0, 0)) if last else (None, sums)

        return _stepped(batches, [*self.keys, *MADE], step)

    def _settled(self, table: Table) -> int:
        """The rows before those of the last meter, of whom more may follow."""
        _, _, first = self._named(self._numbered, table)
        return int(first[-1])

    def _numbered(self, table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The number of each row's key and of its meter in it, and each meter's first row."""
        pa = arrow()

        key, _ = _columns.numbers({title: _columns.column(table, title, "keys") for title in self.keys})
        title = self.state if self.meter is None else self.meter
        whose = _columns.column(table, title, "meter")
        run, first = _columns.numbers({"key": pa.chunked_array([key]), title: whose})
        return key, run, first

    def _distinct(self, table: Table) -> Table:
        pa = arrow()

        key, run, first = self._numbered(table)
        count = int(key.max()) + 1
        states = _columns.column(table, self.state, "state")
        # Few meters come more than once: only their states are compared.
        again = np.flatnonzero(np.bincount(run)[run] > 1)
        compared = {"meter": pa.chunked_array([run[again]]), self.state: states.take(pa.array(again))}
        _, at = _columns.numbers(compared)
        versions = np.bincount(run[again[at]], minlength=len(first))
        good, against, copies = first[versions < 2], first[versions > 1], np.delete(again, at)
        if len(good) < table.num_rows:
            states = states.take(pa.array(good))
        sums = self._sums(states, key[good], count)
        tallies = [np.bincount(key[rows], minlength=count) for rows in (copies, against)]
        return self._result(table, key, [*sums, *tallies])

    def _added(self, table: Table) -> Table:
        pa = arrow()

        key, first = _columns.numbers({title: _columns.column(table, title, "keys") for title in self.keys})
        count = len(first)
        members = _columns.counts("members", table.column("members"), 0)
        good = np.flatnonzero(members)
        states = (
            table.column("state").take(pa.array(good)) if len(good) < len(members) else table.column("state")
        )
        sums = self._sums(states, key[good], count, members[good])
        columns = [_columns.counts(title, table.column(title), 0) for title in MADE[2:]]
        return self._result(table, key, [*sums, *(_columns.added(key, count, column) for column in columns)])

    def _sums(
        self, states: Column, key: NDArray[np.int64], count: int, members: NDArray[np.int64] | None = None
    ) -> list[Any]:
        """State and members of each of `count` keys; null and 0 where no row has that key."""
        pa = arrow()

        widths = np.zeros(len(key), np.int64) if self.protocol == "partial" else _columns.widths(states)
        place, every, parts, done = np.full(count, -1), np.zeros(count, np.int64), [], 0
        for width in np.unique(widths):  # groups may differ in channels
            rows = np.flatnonzero(widths == width)
            keys = np.unique(key[rows])
            if (place[keys] >= 0).any():
                raise MisuseError(f"{self.state}: states of different widths in one key")
            place[keys] = np.arange(done, done + len(keys))
            known = None if self.protocol == "partial" or members is None else members[rows]
            same = states if len(rows) == len(key) else states.take(pa.array(rows))
            sums, every[keys] = _columns.summed(
                self.state, same, self.protocol, place[key[rows]] - done, len(keys), known
            )
            parts += sums.chunks
            done += len(keys)
        whole = pa.chunked_array(parts, pa.binary())
        return [whole.take(pa.array(place, mask=place < 0)), every]

    def _result(self, table: Table, key: NDArray[np.int64], made: list[Any]) -> Table:
        pa = arrow()

        _, first = _columns.numbers({"key": pa.chunked_array([key])})
        keys = {title: _columns.taken(table.column(title), first) for title in self.keys}
        return pa.table({**keys, **dict(zip(MADE, made, strict=True))})

    def _named(self, step: Callable[[Table], Any], table: Table) -> Any:
        """The step; if it is refused, by key and meter: a row's place in a batch tells nobody anything."""
        try:
            return step(table)
        except Error as error:
            raise self._cause(error, table) from None

    def _cause(self, error: Error, table: Table) -> Error:
        pa = arrow()

        read = table.num_columns < len(self.keys) + len(MADE)  # by the first step, not by the second
        titles = [*self.keys, *([self.meter] if read and self.meter is not None else [])]

        def whose(row: int, titles: list[str] = titles) -> str:
            return ", ".join(f"{title} {table.column(title)[row].as_py()!r}" for title in titles)

        for title in [*titles, self.state] if read else titles:
            if table.column(title).null_count:
                row = int(np.flatnonzero(table.column(title).is_null().to_numpy())[0])
                return MisuseError(f"{whose(row)}: {title} is null")
        key, _ = _columns.numbers({title: table.column(title) for title in self.keys})
        states = table.column(self.state if read else "state")
        present = np.flatnonzero(states.is_valid().to_numpy())
        for row in present.tolist():
            refused = self._refused(states.slice(row, 1))
            if refused is not None:
                return type(refused)(f"{whose(row)}: {refused}")
        rows = present[np.argsort(key[present], kind="stable")]
        for same in np.split(rows, np.flatnonzero(np.diff(key[rows])) + 1):
            together = states.take(pa.array(same))
            widths = _columns.widths(together)
            other = np.flatnonzero(widths != widths[0])
            if len(other) and self.protocol != "partial":
                row = int(same[other[0]])
                return MisuseError(
                    f"{whose(row)}: a state of {widths[other[0]]} bytes beside one of {widths[0]}"
                )
            refused = self._refused(together)
            if refused is not None:
                return type(refused)(f"{whose(int(same[0]), list(self.keys))}: {refused}")
        return error

    def _refused(self, states: Column) -> Error | None:
        """Why these states cannot be added up."""
        try:
            _columns.summed(self.state, states, self.protocol, np.zeros(len(states), np.int64), 1)
        except Error as error:
            return error
        return None


def _stepped(
    batches: Iterator[Batch],
    titles: list[str],
    step: Callable[[Table, bool], tuple[Table | None, Table]],
) -> Iterator[Batch]:
    """Runs a step over batches as they come: it gives a table to send on, and one to keep for the next."""
    pa = arrow()

    held: list[Batch] = []
    rows, limit = 0, _CHUNK
    for batch in batches:
        held.append(batch.rename_columns(titles))
        rows += batch.num_rows
        if rows >= limit:
            done, rest = step(pa.Table.from_batches(held), False)
            if done is not None:
                yield from done.to_batches(_BATCH)
            held, rows = rest.to_batches(), rest.num_rows
            # What is kept over is gone through again: so only once there is as much again.
            limit = max(_CHUNK, 2 * rows)
    if rows:
        done, _ = step(pa.Table.from_batches(held), True)
        if done is not None:
            yield from done.to_batches(_BATCH)
