"""The simulated gamers' nicknames: a nickname is any text, so many scripts play in every match."""

_FIRST = (
    "Ada", "Linus", "Grace", "Zoë", "Bjørn", "Ольга", "李雷", "さくら",
    "نور", "שירה", "Ἀλέξης", "🛸Max", "प्रिया", "한결", "Ngọc", "Noe\u0308l",
)  # fmt: skip


def nickname(number: int) -> str:
    """The nickname of the gamer with this number: the same in every run, e.g. "Zoë-003"."""
    return f"{_FIRST[number % len(_FIRST)]}-{number:03}"
