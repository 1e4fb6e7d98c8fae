"""Write tests/golden/game.json anew: python -m tests.golden. Only after the game's rules were changed on purpose."""

import json

from tests.golden.node import HASHES, SCRIPT, replay


def main() -> None:
    """The same seeds, the same ticks, the hashes of today's rules."""
    plan = json.loads(HASHES.read_text(encoding="utf-8"))["plan"]
    hashes = replay(SCRIPT, plan)
    HASHES.write_text(json.dumps({"plan": plan, "hashes": hashes}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
