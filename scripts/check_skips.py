"""Fails when a test was skipped or ignored without naming the capability that its database lacks.

Run by scripts/check-skips: the first argument is pytest's JUnit report, the others are folders of Rust sources.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

NAMED = "capability:"
IGNORED = re.compile(r"#\[ignore(?P<reason>[^\]]*)\]")


def skipped_in_report(report: Path) -> Iterator[str]:
    """Every skipped or expected-to-fail Python test that names no capability."""
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if skipped is not None and NAMED not in skipped.get("message", ""):
            yield f"{case.get('classname')}::{case.get('name')}: {skipped.get('message') or 'no reason'}"


def ignored_in_sources(folder: Path) -> Iterator[str]:
    """Every `#[ignore]` in Rust sources that names no capability."""
    for source in sorted(folder.rglob("*.rs")):
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
            found = IGNORED.search(line)
            if found and NAMED not in found["reason"]:
                yield f"{source}:{number}: {found[0]}"


def main(report: str, *folders: str) -> int:
    """The exit status: 0 when nothing was left out without a named capability."""
    unnamed = list(skipped_in_report(Path(report)))
    for folder in folders:
        unnamed.extend(ignored_in_sources(Path(folder)))
    for line in unnamed:
        print(f"left out without naming a capability: {line}", file=sys.stderr)
    if not unnamed:
        print("No test was left out without naming a capability.")
    return 1 if unnamed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
