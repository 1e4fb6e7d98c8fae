"""Why a query failed, in Athena's words: "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved".

https://docs.aws.amazon.com/athena/latest/APIReference/API_AthenaError.html
"""

from cloud.errors import FogbankError

_SYSTEM, _USER = 1, 2


class QueryFailed(FogbankError):
    """kind: SYNTAX_ERROR, TABLE_NOT_FOUND ...; line, column: where in the text, 0 for nowhere in particular."""

    def __init__(self, kind: str, message: str, line: int = 0, column: int = 0) -> None:
        where = f"line {line}:{column}: " if line else ""
        super().__init__(f"{kind}: {where}{message}")
        self.kind = kind

    @property
    def category(self) -> int:
        """1: the system's fault; 2: the query's."""
        return _SYSTEM if self.kind.startswith("GENERIC_INTERNAL") else _USER


class QueryCancelled(FogbankError):
    """Somebody stopped it."""
