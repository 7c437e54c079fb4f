"""Compares Ommi with its peers on SQLite files. `make bench` prepares .venv-bench and calls this."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import contenders
import measure
import report
from contender import Contender
from scenarios import SCENARIOS, Scenario

RESULTS = Path(__file__).resolve().parent.parent / "results" / "python.json"


def arguments() -> argparse.Namespace:
    """The command line."""
    defaults = measure.Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAMES", help=f"contenders, of: {','.join(contenders.MODULES)}")
    parser.add_argument(
        "--scenario", metavar="NAMES", help=f"of: {','.join(each.name for each in SCENARIOS)}"
    )
    parser.add_argument("--rounds", type=int, default=defaults.rounds)
    parser.add_argument("--quick", action="store_true", help="two short rounds: does it run, not how fast")
    parser.add_argument(
        "--synchronous",
        choices=("off", "normal", "full"),
        default=defaults.synchronous,
        help="SQLite's PRAGMA",
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of the data and of the order")
    parser.add_argument("--directory", type=Path, help="where the database files go")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the numbers go")
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


def installed(names: Iterable[str]) -> list[Contender]:
    """The contenders whose libraries are installed; the others are named and left out."""
    found = []
    for name in names:
        kind = contenders.load(name)
        if kind is None:
            print(f"{name}: not installed", file=sys.stderr)
        else:
            found.append(kind())
    return found


def main() -> int:
    """Measure, print, write; 1 if a contender failed a scenario."""
    asked = arguments()
    names = chosen(asked.only, contenders.MODULES, "contender")
    if contenders.BASELINE not in names:
        names.insert(0, contenders.BASELINE)
    wanted = chosen(asked.scenario, (each.name for each in SCENARIOS), "scenario")
    scenarios: list[Scenario] = [each for each in SCENARIOS if each.name in wanted]
    settings = measure.Settings(
        rounds=2 if asked.quick else asked.rounds,
        seconds=0.02 if asked.quick else measure.Settings.seconds,
        synchronous=asked.synchronous,
        seed=asked.seed,
        directory=asked.directory,
    )
    present = installed(names)
    outcomes = measure.run(present, scenarios, settings)
    found = report.as_json(outcomes, scenarios, present, settings)
    report.show(found, outcomes, scenarios, [contender.name for contender in present])
    report.write(found, asked.json)
    return int(any(outcome.error for each in outcomes.values() for outcome in each.values()))


if __name__ == "__main__":
    sys.exit(main())
