"""Runs scenarios in rounds: in each, every contender once, in random order, on a fresh copy of the dataset."""

import asyncio
import gc
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from contender import Contender, Place
from databases.base import Database
from scenarios import Scenario


@dataclass(frozen=True)
class Settings:
    """How to measure; stated in the report."""

    rounds: int = 7
    seconds: float = 0.12
    """Aimed length of one measurement."""
    synchronous: str = "normal"
    seed: int = 20260101
    directory: Path | None = None
    """Where SQLite's files go; the system's temporary folder if None."""


@dataclass
class Outcome:
    """One contender on one scenario."""

    seconds: list[float] = field(default_factory=list)
    """Per operation, one for each round."""
    error: str | None = None


Outcomes = dict[str, dict[str, Outcome]]
"""Scenario name -> contender name -> outcome."""


async def measure(
    database: Database,
    contender: Contender,
    scenario: Scenario,
    place: Place,
    settings: Settings,
    chance: random.Random,
) -> float:
    """Seconds per operation. Opens, warms up, times and closes; then checks what was done."""
    await contender.open(place)
    try:
        done = 0
        for _ in range(2):  # The first pays for caches and pools, the second tells how many fit.
            work = scenario.work(contender, done, scenario.warm, chance)
            began = perf_counter()
            await scenario.run(contender, work)
            guess = (perf_counter() - began) / scenario.warm
            done += scenario.warm
        count = min(scenario.most, max(scenario.warm, int(settings.seconds / guess)))
        count -= count % scenario.step
        work = scenario.work(contender, done, count, chance)
        gc.collect()
        began = perf_counter()
        result = await scenario.run(contender, work)
        took = perf_counter() - began
    finally:
        await contender.close()
    checker = database.checker(place)
    try:
        scenario.check(checker, work, result)
    finally:
        checker.close()
    return took / count


def run(
    database: Database, contenders: Sequence[Contender], scenarios: Sequence[Scenario], settings: Settings
) -> Outcomes:
    """Measure everything; a contender that fails a scenario is left out of its later rounds."""
    outcomes: Outcomes = {
        scenario.name: {contender.name: Outcome() for contender in contenders} for scenario in scenarios
    }
    chance = random.Random(settings.seed)
    gc.collect()
    gc.freeze()  # The libraries' own objects shall not slow everyone's collections.
    for turn in range(settings.rounds):
        for at, scenario in enumerate(scenarios):
            show_progress(turn, settings.rounds, at, len(scenarios), scenario)
            for contender in chance.sample(contenders, len(contenders)):
                outcome = outcomes[scenario.name][contender.name]
                if outcome.error is None:
                    measure_into(outcome, database, contender, scenario, settings, turn)
    show_progress(settings.rounds, settings.rounds, 0, len(scenarios), None)
    return outcomes


def measure_into(
    outcome: Outcome,
    database: Database,
    contender: Contender,
    scenario: Scenario,
    settings: Settings,
    turn: int,
) -> None:
    """One measurement on an event loop of its own; whatever a library raises becomes a line of the report."""
    place = database.fresh(f"{contender.name}_{scenario.name}_{turn}", writes=scenario.writes)
    chance = random.Random(turn)
    try:
        seconds = asyncio.run(measure(database, contender, scenario, place, settings, chance))
        outcome.seconds.append(seconds)
    except Exception as error:
        outcome.error = f"{type(error).__name__}: {error}"
        print(f"\n{contender.name}, {scenario.title}: {outcome.error}", file=sys.stderr)
    finally:
        database.discard(place)


def show_progress(turn: int, turns: int, at: int, scenarios: int, scenario: Scenario | None) -> None:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return
    done = (turn * scenarios + at) / (turns * scenarios)
    bar = ("█" * int(done * 30)).ljust(30, "░")
    shown = f"{bar} {done:4.0%}  round {turn + 1}/{turns}  {scenario.title}" if scenario else ""
    print(f"\r\033[K{shown}", end="", file=sys.stderr, flush=True)
