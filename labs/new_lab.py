"""python -m labs.new_lab NAME: a new lab from labs/_template, with its test. NAME as in addresses: "rain-gauge"."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "_template"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TEXT = {".py", ".yaml", ".md"}


def create(name: str, root: Path = ROOT) -> list[Path]:
    """Copy the template below root under a new name; returns the files. ValueError for a name that cannot be."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a lab: small letters, digits and hyphens, for example rain-gauge")
    package = name.replace("-", "_")
    if (root / "labs" / package).exists():
        raise ValueError(f"labs/{package} is there already")
    return [_copy(source, target, name) for source, target in _files(package, root)]


def renamed(text: str, name: str) -> str:
    """The template's text for a lab of this name: modules with underscores, AWS names in CamelCase."""
    package = name.replace("-", "_")
    camel = "".join(part.capitalize() for part in name.split("-"))
    text = re.sub(r"(?<=labs[./])_template|_template(?=\.handlers)|(?<=test_)_template", package, text)
    return text.replace("Template", camel).replace(TEMPLATE, name)


def _files(package: str, root: Path) -> Iterator[tuple[Path, Path]]:
    template = root / "labs" / TEMPLATE
    for source in sorted(template.rglob("*")):
        if source.suffix in _TEXT:
            yield source, root / "labs" / package / source.relative_to(template)
    tests = root / "tests" / "unit" / "labs"
    yield tests / f"test_{TEMPLATE}.py", tests / f"test_{package}.py"


def _copy(source: Path, target: Path, name: str) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(renamed(source.read_text(), name))
    shutil.copymode(source, target)
    return target


def main() -> int:
    """Create the lab that the command line names; exit code 1 with the reason when that cannot be."""
    if len(sys.argv) != 2:
        sys.stderr.write("say how it is called: make new-lab NAME=rain-gauge\n")
        return 1
    try:
        files = create(sys.argv[1])
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for file in files:
        sys.stdout.write(f"{file.relative_to(ROOT)}\n")
    sys.stdout.write("Start with its lab.py and README.md; a running stack creates it within seconds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
