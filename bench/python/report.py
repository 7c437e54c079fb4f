"""Outcomes to a table for people and JSON for programs. Called by `run`."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from contender import Contender
from databases.base import Database
from measure import Outcome, Outcomes, Settings
from scenarios import SCENARIOS, Scenario

RAW = "raw"
"""The fastest of the database's contenders that are a driver by hand."""
OTHERS = "other mappers"
"""The fastest of the contenders that are neither by hand nor Ommi."""

TARGETS = {
    "sqlite": (
        ("get", RAW, 0.6),
        ("tasks", "aiosqlite", 3.0),
        ("everyone", RAW, 1.5),
        ("bulk", RAW, 1.0),
        ("bulk_keyed", RAW, 1.0),
        ("update_in_tx", RAW, 0.25),
    ),
    "postgres": (
        ("get", RAW, 1.0),
        ("tasks", RAW, 1.2),
        ("everyone", RAW, 1.0),
        ("bulk", RAW, 1.0),
        ("bulk_keyed", RAW, 1.0),
        *((scenario.name, OTHERS, 2.0) for scenario in SCENARIOS),
    ),
    "mysql": (("bulk", RAW, 1.0), ("bulk_keyed", RAW, 1.0)),
    "mongodb": (
        ("get", RAW, 1.0),
        ("tasks", RAW, 1.2),
        ("everyone", RAW, 2.0),
        ("bulk", RAW, 1.0),
        ("bulk_keyed", RAW, 1.0),
        *((scenario.name, OTHERS, 3.0) for scenario in SCENARIOS),
    ),
}
"""For each database: (scenario, compared with, least ratio) that Ommi promises."""


def fastest(outcomes: dict[str, Outcome], names: Sequence[str]) -> str | None:
    """Who of them took the least time; None if nobody came through."""
    took = {
        name: median(outcomes[name].seconds)
        for name in names
        if name in outcomes and not outcomes[name].error and outcomes[name].seconds
    }
    return min(took, key=lambda name: took[name]) if took else None


def compared_with(database: Database, outcomes: dict[str, Outcome], other: str) -> str | None:
    """The contender that a target or a column compares with."""
    by_hand = {*database.raw, "aiosqlite"}
    if other == RAW:
        return fastest(outcomes, database.raw)
    if other == OTHERS:
        return fastest(outcomes, [name for name in outcomes if name != "ommi" and name not in by_hand])
    return other


def ratio(outcomes: dict[str, Outcome], contender: str, other: str | None) -> float | None:
    """How many times as fast as `other` it is: the median of every round's own ratio. None if one failed."""
    mine, others = outcomes.get(contender), outcomes.get(other or "")
    if mine is None or others is None or mine.error or others.error:
        return None
    pairs = [theirs / ours for ours, theirs in zip(mine.seconds, others.seconds, strict=False)]
    return median(pairs) if pairs else None


def duration(seconds: float) -> str:
    """Three significant digits with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def table(database: Database, outcomes: Outcomes, scenarios: Sequence[Scenario], names: Sequence[str]) -> str:
    """One line a scenario: time per operation, and beside it the ratio to the fastest by hand."""
    heads = ["", *names]
    lines = [heads]
    for scenario in scenarios:
        cells = [scenario.title]
        baseline = fastest(outcomes[scenario.name], database.raw)
        for name in names:
            outcome = outcomes[scenario.name][name]
            if outcome.error or not outcome.seconds:
                cells.append("failed")
                continue
            compared = ratio(outcomes[scenario.name], name, baseline)
            beside = "" if compared is None else f" {compared:6.2f}x"
            cells.append(f"{duration(median(outcome.seconds)):>8}{beside}")
        lines.append(cells)
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def targets(database: Database, outcomes: Outcomes) -> list[dict[str, Any]]:
    """Ommi's promises that this run can tell about."""
    told = []
    for scenario, other, least in TARGETS[database.name]:
        ran = outcomes.get(scenario, {})
        with_whom = compared_with(database, ran, other)
        got = ratio(ran, "ommi", with_whom)
        if got is not None:
            told.append(
                {"scenario": scenario, "to": with_whom, "least": least, "ratio": got, "met": got >= least}
            )
    return told


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = models[0].partition(":")[2].strip() if models else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def as_json(
    database: Database,
    outcomes: Outcomes,
    scenarios: Sequence[Scenario],
    contenders: Sequence[Contender],
    settings: Settings,
) -> dict[str, Any]:
    """Everything that was measured, every round of it."""
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "settings": {**asdict(settings), "directory": None},
        "database": database.describe(),
        "raw": database.raw,
        "versions": {contender.name: contender.versions() for contender in contenders},
        "targets": targets(database, outcomes),
        "scenarios": {
            scenario.name: {
                "title": scenario.title,
                "baseline": fastest(outcomes[scenario.name], database.raw),
                "contenders": {
                    name: {
                        "error": outcome.error,
                        "seconds": median(outcome.seconds) if outcome.seconds else None,
                        "rounds": outcome.seconds,
                        "ratio": ratio(
                            outcomes[scenario.name],
                            name,
                            fastest(outcomes[scenario.name], database.raw),
                        ),
                    }
                    for name, outcome in outcomes[scenario.name].items()
                },
            }
            for scenario in scenarios
        },
    }


def show(
    found: dict[str, Any],
    database: Database,
    outcomes: Outcomes,
    scenarios: Sequence[Scenario],
    names: Sequence[str],
) -> None:
    """Print the table, how it was measured, and what was promised."""
    settings, where = found["settings"], found["machine"]
    print(table(database, outcomes, scenarios, names))
    print(
        f"\nTime of one operation, median of {settings['rounds']} interleaved rounds; beside it how many times as "
        f"fast as\n{database.title} (higher is better).\n{found['database']}.\n"
        f"Python {where['python']}, {where['processor']}, {where['cores']} cores."
    )
    versions = {name: number for each in found["versions"].values() for name, number in each.items()}
    print(", ".join(f"{name} {number}" for name, number in sorted(versions.items())))
    for target in found["targets"]:
        word = "met" if target["met"] else "MISSED"
        against = f"{target['ratio']:.2f} x {target['to']} (promised {target['least']})"
        print(f"{word:>6}: {target['scenario']} {against}")


def write(found: dict[str, Any], path: Path) -> None:
    """Write the JSON, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {path}", file=sys.stderr)
