"""Compares Ommi with its peers on one database. `make bench` prepares .venv-bench and calls this."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import contenders
import databases
import measure
import report
from contender import Contender
from scenarios import SCENARIOS, Scenario

RESULTS = Path(__file__).resolve().parent.parent / "results"


def arguments() -> argparse.Namespace:
    """The command line."""
    defaults = measure.Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=databases.NAMES, default="sqlite")
    known = "; ".join(f"{name}: {','.join(contenders.names(name))}" for name in databases.NAMES)
    parser.add_argument("--only", metavar="NAMES", help=f"contenders, of {known}")
    parser.add_argument(
        "--scenario", metavar="NAMES", help=f"of: {','.join(each.name for each in SCENARIOS)}"
    )
    parser.add_argument("--rounds", type=int, default=defaults.rounds)
    parser.add_argument("--quick", action="store_true", help="two short rounds: does it run, not how fast")
    parser.add_argument(
        "--synchronous",
        choices=("off", "normal", "full"),
        default=defaults.synchronous,
        help="SQLite's PRAGMA; on PostgreSQL, commits wait for the disk where it is full",
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of the data and of the order")
    parser.add_argument("--directory", type=Path, help="where SQLite's files go")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    return parser.parse_args()


def chosen(names: str | None, known: Iterable[str], what: str) -> list[str]:
    """The names asked for, or all that are known."""
    every = list(known)
    if names is None:
        return every
    asked = names.split(",")
    if unknown := [name for name in asked if name not in every]:
        sys.exit(f"no such {what}: {', '.join(unknown)}; there are: {', '.join(every)}")
    return asked


def installed(database: str, names: Iterable[str]) -> list[Contender]:
    """The contenders whose libraries are installed; the others are named and left out."""
    found = []
    for name in names:
        kind = contenders.load(database, name)
        if kind is None:
            print(f"{name}: not installed", file=sys.stderr)
        else:
            found.append(kind())
    return found


def main() -> int:
    """Measure, print, write; 1 if a contender failed a scenario."""
    asked = arguments()
    database = databases.load(asked.database)()
    names = chosen(asked.only, contenders.names(asked.database), "contender")
    names = [*(raw for raw in database.raw if raw not in names), *names]
    wanted = chosen(asked.scenario, (each.name for each in SCENARIOS), "scenario")
    scenarios: list[Scenario] = [each for each in SCENARIOS if each.name in wanted]
    settings = measure.Settings(
        rounds=2 if asked.quick else asked.rounds,
        seconds=0.02 if asked.quick else measure.Settings.seconds,
        synchronous=asked.synchronous,
        seed=asked.seed,
        directory=asked.directory,
    )
    present = installed(asked.database, names)
    database.prepare(settings.seed, settings.synchronous, settings.directory)
    try:
        outcomes = measure.run(database, present, scenarios, settings)
        found = report.as_json(database, outcomes, scenarios, present, settings)
    finally:
        database.clean_up()
    report.show(found, database, outcomes, scenarios, [contender.name for contender in present])
    report.write(found, asked.json or RESULTS / f"python-{asked.database}.json")
    return int(any(outcome.error for each in outcomes.values() for outcome in each.values()))


if __name__ == "__main__":
    sys.exit(main())
