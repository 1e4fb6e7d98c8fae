"""Bring the pages' libraries and fonts anew: python tools/vendor_frontend.py (for maintainers; needs npm).

frontend/vendor/VENDOR.json names each work with its version, and each of its files with where it comes from in the
package. Bare imports ("preact") are turned into relative ones, so that browsers need no import map, and the SHA-512 of
what was written is noted. --check compares what is there with what is noted, and needs no network.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FRONTEND = Path(__file__).parents[1] / "frontend"
LIST = FRONTEND / "vendor/VENDOR.json"

BARE_IMPORTS = {
    "preact": "./preact.js",
    "preact/hooks": "./hooks.js",
    "htm": "./htm.js",
    "@preact/signals-core": "./signals-core.js",
}
_IMPORT = re.compile(r"""(from|import)\s*(["'])([^"']+)\2""")
_SOURCE_MAP = re.compile(r"\s*//# sourceMappingURL=\S+")


def main() -> int:
    """0, or 1 when --check finds a file that is not what it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only; no network")
    works = json.loads(LIST.read_text(encoding="utf-8"))
    if parser.parse_args().check:
        return check(works)
    for work in works:
        bring(work)
    LIST.write_text(json.dumps(works, indent=2) + "\n", encoding="utf-8")
    return 0


def check(works: list[dict[str, Any]]) -> int:
    """Print each file whose hash is another one; 1 if there is any."""
    listed = [(path, file["sha512"]) for work in works for path, file in work["files"].items()]
    wrong = [path for path, digest in listed if _sha512((FRONTEND / path).read_bytes()) != digest]
    for path in wrong:
        print(f"frontend/{path} is not what VENDOR.json says", file=sys.stderr)
    return 1 if wrong else 0


def bring(work: dict[str, Any]) -> None:
    """Write a work's files and its licence as they are in its package, and note the files' hashes in the work."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"{work['package']}@{work['version']}"
        done = subprocess.run(["npm", "pack", "--silent", name], cwd=folder, capture_output=True, text=True, check=True)
        with tarfile.open(Path(folder) / done.stdout.strip()) as package:
            for path, file in work["files"].items():
                content = adapted(path, _member(package, file["from"]))
                (FRONTEND / path).write_bytes(content)
                file["sha512"] = _sha512(content)
            (FRONTEND / work["licenceText"]).write_bytes(_member(package, "LICENSE"))


def adapted(path: str, content: bytes) -> bytes:
    """A script with relative imports and no source map; anything else unchanged. KeyError: an unknown import."""
    if not path.endswith(".js"):
        return content
    text = _SOURCE_MAP.sub("", content.decode())
    text = _IMPORT.sub(lambda found: f"{found[1]}{found[2]}{_relative(found[3])}{found[2]}", text)
    return (text.rstrip() + "\n").encode()


def _relative(name: str) -> str:
    return name if name.startswith(".") else BARE_IMPORTS[name]


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(f"package/{name}")
    assert file is not None, name
    return file.read()


def _sha512(content: bytes) -> str:
    return hashlib.sha512(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
