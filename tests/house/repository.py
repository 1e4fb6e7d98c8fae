"""The repository as the house's tests see it: its files, its modules' trees, its documents."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAND_INS = ("services", "cloud", "bootstrap")
PYTHON_FOLDERS = (*STAND_INS, "labs", "stack", "demo", "bench", "chaos", "tools", "tests")
_NOT_OURS = {".git", ".venv", ".fogbank", "__pycache__", "node_modules", ".hypothesis"}
_TEXT = {".py", ".js", ".css", ".html", ".json", ".md", ".yml", ".yaml", ".toml", ".txt", ".sh", ".svg", ".conf", ""}


@cache
def texts() -> dict[str, str]:
    """Path from the root -> content, of every text file that is the project's own."""
    return {name(path): path.read_text(encoding="utf-8") for path in _files(ROOT) if path.suffix in _TEXT}


def modules(*folders: str) -> dict[str, ast.Module]:
    """Path from the root -> syntax tree, of every Python module in these folders."""
    return {path: ast.parse(text) for path, text in python(*folders).items()}


def python(*folders: str) -> dict[str, str]:
    """Path from the root -> content, of every Python file in these folders."""
    return {path: text for path, text in texts().items() if path.endswith(".py") and path.split("/")[0] in folders}


def documents() -> dict[str, str]:
    """The same for README, CONTRIBUTING and what is in docs/ and the labs."""
    return {path: text for path, text in texts().items() if path.endswith(".md")}


def name(path: Path) -> str:
    """A path as it is written in the documents."""
    return path.relative_to(ROOT).as_posix()


def dotted(node: ast.expr) -> str:
    """ "os.environ" for that expression; "" for what is no chain of names."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def imports(tree: ast.Module) -> set[str]:
    """The modules that a module imports, by their full names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _NOT_OURS or path.name.endswith("_cache") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.name != ".env":  # written by the front door, for docker compose by hand
            yield path
