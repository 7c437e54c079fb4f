"""The examples of `tests/typing` hold under both type checkers, and do what they say when they run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from databases import EVERY
from ommi import Ommi

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "typing"
PYRIGHT = ROOT / ".venv" / "node" / "node_modules" / ".bin" / "pyright"


@pytest.mark.parametrize("plugin", ["with_plugin", "without_plugin"])
def test_mypy(plugin: str) -> None:
    files = ["shop.py", "either.py", f"{plugin}.py"]
    run = check(
        sys.executable, "-m", "mypy", "--config-file", f"{plugin}.ini", "--cache-dir", cache(plugin), *files
    )
    assert run.returncode == 0, run.stdout
    assert "no issues found in 3 source files" in run.stdout


def test_mypy_sees_a_mistake_in_the_examples(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from ommi import col\nfrom shop import Customer\ncol(Customer.age).starts_with('x')\n")
    run = check(
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        "without_plugin.ini",
        "--cache-dir",
        cache("wrong"),
        str(wrong),
    )
    assert 'Invalid self argument "ASTReferenceNode[int]"' in run.stdout


def test_pyright(tmp_path: Path) -> None:
    if not PYRIGHT.exists():
        message = "capability: pyright (it comes from npm: make lint installs it)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    run = check(str(PYRIGHT), "--project", str(EXAMPLES), "--pythonpath", sys.executable, "--outputjson")
    report = json.loads(run.stdout)
    assert report["generalDiagnostics"] == []
    assert report["summary"]["filesAnalyzed"] == 3


def check(*command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT / "python"), str(EXAMPLES)])
    environment = {**os.environ, "MYPYPATH": path}
    return subprocess.run(command, cwd=EXAMPLES, env=environment, capture_output=True, text=True, check=False)


def cache(name: str) -> str:
    return str(ROOT / ".mypy_cache" / f"typing-{name}")


@pytest.mark.databases(*EVERY)
async def test_the_examples_run(db: Ommi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import either
    import shop

    await db.use_models(shop.shop)
    ada = await db.add(shop.Customer("Ada", age=36, email="a@b.c")).or_raise()
    await db.add(shop.Order(4, ada.id)).or_raise()
    await db.add(shop.Article(title="b"), shop.Label("c"), shop.Employee("Ada")).or_raise()

    either.columns()
    either.functions(db)
    await either.tuples(db)
    assert await db.find(shop.Customer, either.grown_up).fetch.all() == [ada]
