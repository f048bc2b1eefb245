"""CSV files of either form, by the standard library alone. Rows are counted as editors do: the header is
row 1."""

import csv
from collections.abc import Iterator
from datetime import tzinfo
from itertools import islice
from typing import IO

import numpy as np
from numpy.typing import NDArray

from wattsum.readings.cells import Bad, Cells
from wattsum.readings.grid import Records, Values
from wattsum.readings.source import Columns, Source, is_long, quoted, wide_meters
from wattsum.readings.stamps import Stamps, instants

_CHUNK = 1 << 14


def read(path: str, columns: Columns, cells: Cells, tz: tzinfo | None) -> Records:
    source = Source(path, lambda record: _row(path, record))
    with open(path, "rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            source.refuse("the text is UTF-16; save it as CSV in UTF-8")
    with _opened(path) as file:
        lines = csv.reader(file, strict=True)
        try:
            header = next((_trimmed(record) for record in lines if not _blank(record)), None)
            if header is None:
                source.refuse("the file is empty")
            place = f"row {lines.line_num}: "
            if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
                source.refuse(f"{place}fields are not separated by commas; export the file with commas")
            chunks = _chunks(source, lines, header)
            form = _long if is_long(source, header, columns, place) else _wide
            return form(source, header, chunks, columns, cells, Stamps(tz), place)
        except csv.Error as error:
            source.refuse(f"row {lines.line_num}: {error}")
        except UnicodeDecodeError:
            source.refuse(f"row {_not_utf8(path)}: the text is not UTF-8")


def _opened(path: str) -> IO[str]:
    return open(path, encoding="utf-8-sig", newline="")


def _trimmed(record: list[str]) -> list[str]:
    return [field.strip() for field in record]


def _blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _chunks(
    source: Source, lines: Iterator[list[str]], header: list[str]
) -> Iterator[tuple[int, list[list[str]]]]:
    """The number of the first record, and the records, each of the header's width."""
    done = 0
    while chunk := list(islice(lines, max(1, _CHUNK // len(header)))):
        if set(map(len, chunk)) != {len(header)}:
            chunk = [record for record in chunk if not _blank(record)]
            for index, record in enumerate(chunk):
                if len(record) != len(header):
                    _width(source, done + index, record, header)
        if chunk:
            yield done, chunk
        done += len(chunk)
    if not done:
        source.refuse("there is no row after the header")


def _width(source: Source, number: int, record: list[str], header: list[str]) -> None:
    # A quote that is never closed swallows the rows after it.
    hint = " (is a quote not closed?)" if any("\n" in field for field in record) else ""
    what = f"the row has {len(record)} fields where the header has {len(header)}{hint}"
    if len(record) < len(header):
        source.refuse(f"the field is missing: {what}", number, header[len(record)])
    source.refuse(what, number)


def _wide(
    source: Source,
    header: list[str],
    chunks: Iterator[tuple[int, list[list[str]]]],
    columns: Columns,
    cells: Cells,
    stamps: Stamps,
    place: str,
) -> Records:
    picked = wide_meters(source, header, columns, place)
    start = header.index(columns.start)
    places = [index for index, _ in picked]
    everything = start == 0 and places == list(range(1, len(header)))
    which: list[int] = []
    values: list[Values] = []
    present: list[NDArray[np.bool_]] = []
    for first, chunk in chunks:
        for record, fields in enumerate(chunk, start=first):
            try:
                which.append(stamps.number(fields[start]))
            except Bad as bad:
                source.refuse(str(bad), record, columns.start)
            texts = fields[1:] if everything else [fields[index] for index in places]
            try:
                row = cells.columns(texts)
            except Bad:
                _named(source, cells, texts, [(record, name) for _, name in picked])
                raise
            values.append(row[0])
            present.append(row[1])
    number = np.array(which, dtype=np.intp)
    times = instants(source, columns.start, stamps.stamps, number, None)
    meters = tuple(name for _, name in picked)
    return Records(source, times, meters, None, np.stack(values), np.stack(present), (columns.start, None))


def _long(
    source: Source,
    header: list[str],
    chunks: Iterator[tuple[int, list[list[str]]]],
    columns: Columns,
    cells: Cells,
    stamps: Stamps,
    place: str,
) -> Records:
    at = [header.index(name) for name in (columns.meter, columns.start, columns.value)]
    for name in (columns.meter, columns.start, columns.value):
        if header.count(name) > 1:
            source.refuse(f"{place}column {quoted(name)}: there are two columns of this name")
    numbers: dict[str, int] = {}
    parts: list[tuple[NDArray[np.intp], NDArray[np.intp], Values, NDArray[np.bool_]]] = []
    for first, chunk in chunks:
        table = list(zip(*chunk, strict=True))
        names, starts, texts = (table[index] for index in at)
        meters = list(map(str.strip, names))
        if "" in meters:
            source.refuse("the meter has no name", first + meters.index(""), columns.meter)
        for name in meters:
            numbers.setdefault(name, len(numbers))
        which = np.empty(len(chunk), dtype=np.intp)
        for index, text in enumerate(starts):
            try:
                which[index] = stamps.number(text)
            except Bad as bad:
                source.refuse(str(bad), first + index, columns.start)
        try:
            values, present = cells.columns(list(texts))
        except Bad:
            _named(
                source, cells, list(texts), [(first + index, columns.value) for index in range(len(texts))]
            )
            raise
        meter = np.fromiter(map(numbers.__getitem__, meters), np.intp, len(meters))
        parts.append((meter, which, values, present))
    meter, number, values, present = (np.concatenate(part) for part in zip(*parts, strict=True))
    times = instants(source, columns.start, stamps.stamps, number, meter)
    return Records(source, times, tuple(numbers), meter, values, present, (columns.start, columns.value))


def _named(source: Source, cells: Cells, texts: list[str], places: list[tuple[int, str]]) -> None:
    """Refuses the first of these cells that is no reading."""
    for text, (record, column) in zip(texts, places, strict=True):
        try:
            cells[text]
        except Bad as bad:
            source.refuse(str(bad), record, column)


def _row(path: str, wanted: int) -> int:
    """The line at which a record after the header starts: looked for only when an error names it."""
    with _opened(path) as file:
        lines = csv.reader(file)
        before, number = 0, -2
        for record in lines:
            number += 0 if _blank(record) else 1
            if number == wanted and not _blank(record):
                return before + 1
            before = lines.line_num
    return before


def _not_utf8(path: str) -> int:
    with open(path, "rb") as file:
        content = file.read()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return len(content[: error.start].splitlines()) + int(content[: error.start].endswith((b"\n", b"\r")))
    return 0
