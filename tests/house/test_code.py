"""What holds for every module: its size, no sleep, nothing unfinished, tests that say what they prove."""

import ast
import re
from collections.abc import Iterator

from tests.house.repository import PYTHON_FOLDERS, dotted, modules, python, texts

PRODUCT = [folder for folder in PYTHON_FOLDERS if folder != "tests"]
LONGEST = 250  # lines of a module
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK|NotImpl" + r"ementedError)\b")


def test_modules_are_short() -> None:
    """No module of ours, Python or JavaScript, is longer than 250 lines; tests are as long as what they test needs."""
    scripts = {path: text for path, text in texts().items() if path.endswith(".js") and "/vendor/" not in path}
    lines = {path: text.count("\n") for path, text in {**python(*PRODUCT), **scripts}.items()}

    assert {path: count for path, count in lines.items() if count > LONGEST} == {}


def test_nothing_is_a_drawer_for_odds_and_ends() -> None:
    """No module is named utils, helpers or common."""
    names = {path: path.rsplit("/", 1)[-1] for path in texts()}

    assert {
        path: last for path, last in names.items() if re.match(r"(utils?|helpers?|common|misc)\.(py|js)$", last)
    } == {}


def test_nobody_waits_by_sleeping() -> None:
    """time.sleep stands nowhere; cloud/wait.py and events are there for waiting."""
    sleeping = [
        f"{path}:{call.lineno}"
        for path, tree in modules(*PYTHON_FOLDERS).items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and dotted(call.func) == "time.sleep"
    ]

    assert sleeping == []


def test_tests_do_not_sleep_for_a_fixed_time() -> None:
    """A test waits for a condition with a deadline; only a pause of no length, which lets others run, is allowed."""
    sleeping = [
        f"{path}:{call.lineno}"
        for path, tree in modules("tests").items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and dotted(call.func) == "asyncio.sleep" and ast.unparse(call.args[0]) != "0"
    ]

    assert sleeping == []


def test_nothing_is_marked_as_unfinished() -> None:
    """What is begun is finished, or not there."""
    assert [path for path, text in texts().items() if UNFINISHED.search(text) and path.endswith((".py", ".js"))] == []


def test_every_test_says_which_fact_it_proves() -> None:
    """A test's docstring is the fact."""
    assert [f"{path}: {test.name}" for path, test in _tests() if not ast.get_docstring(test)] == []


def test_no_two_tests_of_a_module_have_one_name() -> None:
    """The second of two would hide the first."""
    names = [f"{path}: {test.name}" for path, test in _tests()]

    assert sorted(set(names)) == sorted(names)


def _tests() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, tree in modules("tests").items():
        if path.rsplit("/", 1)[-1].startswith("test_"):
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield path, node
