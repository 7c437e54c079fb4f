"""How the demo looks: progress bars, and questions shown as the code that ran beside its answer and its cost."""

import inspect
import os
import sys
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any, Self

WIDTH = 30
REPEATS = 50
"""A question is asked again that often at most, and for no longer than `PATIENCE` seconds."""
PATIENCE = 0.2

Question = Callable[[Any], Awaitable[object]]


def paint(text: str, code: str) -> str:
    """`text` in a terminal colour, where there is a terminal that wants one."""
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\033[{code}m{text}\033[0m"
    return text


def heading(text: str) -> None:
    """A line that begins a part."""
    print(f"\n{paint(text, '1')}", flush=True)


class Progress:
    """Rows done, rows per second and, where the total is known, a bar. One line in the end, moving on a terminal."""

    def __init__(self, name: str, total: int | None = None) -> None:
        self.name, self.total, self.done = name, total, 0
        self.terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        self.began = perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        if self.terminal:
            print(f"\r\033[K{self}", file=sys.stderr, flush=True)
        else:
            print(self, file=sys.stderr, flush=True)

    def advance(self, rows: int) -> None:
        """Count `rows` more."""
        self.done += rows
        if self.terminal:
            print(f"\r\033[K{self}", end="", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        seconds = max(perf_counter() - self.began, 1e-9)
        bar = ""
        if self.total and self.terminal:
            full = min(self.done * WIDTH // self.total, WIDTH)
            bar = f"  {'█' * full}{'░' * (WIDTH - full)} {self.done / self.total:4.0%}"
        return f"  {self.name:8} {self.done:>9,} rows  {self.done / seconds:>9,.0f} rows/s{bar}"


@dataclass
class Asked:
    """A question of the demo."""

    title: str
    code: str
    run: Question
    once: bool


QUESTIONS: list[Asked] = []


def ask(title: str, *, once: bool = False) -> Callable[[Question], Question]:
    """Registers a function as a question. `once`: it is not repeated to see what it costs when warm."""

    def register(function: Question) -> Question:
        QUESTIONS.append(Asked(title, body(function), function, once))
        return function

    return register


def body(function: Question) -> str:
    """The function's own source, without the lines that only make it a function."""
    lines = inspect.getsource(function).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("async def")) + 1
    return textwrap.dedent("\n".join(lines[start:]))


async def ask_all(db: Any) -> None:
    """Ask every question: its code, its answer, what it cost."""
    for asked in QUESTIONS:
        heading(asked.title)
        print(paint(textwrap.indent(asked.code, "    "), "36"))
        began = perf_counter()
        answer = await asked.run(db)
        first = perf_counter() - began
        cost = duration(first)
        if not asked.once:
            cost = f"{duration(await warm(asked.run, db))}, the first time {duration(first)}"
        print(f"{textwrap.indent(shown(answer), '  ')}\n  {paint(cost, '2')}", flush=True)


async def warm(question: Question, db: Any) -> float:
    """The median time of some more runs, in seconds."""
    times: list[float] = []
    until = perf_counter() + PATIENCE
    while len(times) < REPEATS and (not times or perf_counter() < until):
        began = perf_counter()
        await question(db)
        times.append(perf_counter() - began)
    return median(times)


def shown(answer: object) -> str:
    """The answer as text; a list of things is one a line."""
    if isinstance(answer, list):
        return "\n".join(f"→ {item!r}" for item in answer)
    return f"→ {answer if isinstance(answer, str) else repr(answer)}"


def duration(seconds: float) -> str:
    """Three significant digits with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
