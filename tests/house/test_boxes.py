"""Every box looks the same inside: docs/architecture.md, "The inside of a box"."""

import ast

import pytest

from tests.house.repository import ROOT, STAND_INS, dotted, imports, modules, python

BOXES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "__init__.py").is_file())
WEB = {"fastapi", "starlette", "uvicorn"}
SHELL = {"fastapi.FastAPI", "fastapi.APIRouter"}


@pytest.mark.parametrize("box", BOXES)
def test_a_box_has_its_files(box: str) -> None:
    """__init__, __main__, settings and app are where one looks for them."""
    files = {path.name for path in (ROOT / "services" / box).iterdir()}

    assert set() == {"__init__.py", "__main__.py", "settings.py", "app.py"} - files


@pytest.mark.parametrize("box", BOXES)
def test_a_box_says_what_it_stands_in_for(box: str) -> None:
    """The package's docstring names the AWS page that the box follows, and the package does nothing else."""
    tree = modules("services")[f"services/{box}/__init__.py"]

    assert "https://docs.aws.amazon.com/" in (ast.get_docstring(tree) or "")
    assert len(tree.body) == 1


@pytest.mark.parametrize("box", BOXES)
def test_starting_a_box_takes_under_thirty_lines(box: str) -> None:
    """__main__.py only puts the pieces together."""
    assert len(python("services")[f"services/{box}/__main__.py"].splitlines()) < 30


@pytest.mark.parametrize("box", BOXES)
def test_settings_are_a_frozen_dataclass_with_from_env(box: str) -> None:
    """Settings cannot change once read, and are read from a mapping that a test can pass in."""
    tree = modules("services")[f"services/{box}/settings.py"]
    settings = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")

    assert [ast.unparse(decorator) for decorator in settings.decorator_list] == ["dataclass(frozen=True)"]
    assert any(isinstance(node, ast.FunctionDef) and node.name == "from_env" for node in ast.walk(tree))


def test_only_settings_know_the_environment() -> None:
    """os.environ stands in settings.py and in __main__.py, which hands it over; and where AWS clients are made."""
    readers = {path for path, tree in modules(*STAND_INS).items() if _reads_environment(tree)}
    elsewhere = {path for path in readers if path.rsplit("/", 1)[-1] not in {"settings.py", "__main__.py"}}

    assert elsewhere <= {"cloud/clients.py"}


def test_core_files_know_no_web_framework() -> None:
    """Only app.py and modules of routes know FastAPI; the work is testable without a server."""
    wrong = {
        path: sorted(found)
        for path, tree in modules("services").items()
        if (found := {name for name in imports(tree) if name.split(".")[0] in WEB}) and not found & SHELL
    }

    assert wrong == {}


def test_only_one_place_makes_aws_clients() -> None:
    """Clients are made by cloud/clients.py alone, so that boto3's endpoint variables are obeyed everywhere."""
    makers = {
        path for path, tree in modules(*STAND_INS, "stack", "demo", "bench", "chaos").items() if _makes_clients(tree)
    }

    assert makers == {"cloud/clients.py"}


def _reads_environment(tree: ast.Module) -> bool:
    named = {"os.environ", "os.getenv", "os.environb"}
    return bool(named & ({dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | imports(tree)))


def _makes_clients(tree: ast.Module) -> bool:
    """Whether client() or resource() is called on anything but our own module of that name."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    made = [
        call
        for call in calls
        if isinstance(call, ast.Attribute) and call.attr in {"client", "resource", "create_client"}
    ]
    return any(name.split(".")[0] == "boto3" for name in imports(tree)) and any(
        dotted(call.value) != "clients" for call in made
    )
