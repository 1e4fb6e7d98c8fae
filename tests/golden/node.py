"""The game's core in Node.js, without a browser: the same files, told to be modules."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HASHES = HERE / "game.json"
SCRIPT = HERE / "replay.js"
CORE = HERE.parents[1] / "frontend/alien-attack/core"


def replay(script: Path, plan: dict[str, Any]) -> dict[str, list[str]]:
    """What replay() in the script gives for a plan {seeds, every, count}. Needs Node.js."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(CORE, Path(folder) / "core")
        shutil.copy(script, Path(folder) / "replay.js")
        (Path(folder) / "package.json").write_text('{"type": "module"}')
        call = f"import('./replay.js').then(it => it.replay('./core/game.js', {json.dumps(plan)}))"
        command = ["node", "--input-type=module", "-e", f"{call}.then(hashes => console.log(JSON.stringify(hashes)))"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    hashes: dict[str, list[str]] = json.loads(done.stdout)
    return hashes
