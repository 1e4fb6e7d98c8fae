"""Flink's SQL as sqlglot reads it, and where in the text something stands.

https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/overview/
"""

from collections.abc import Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.risingwave import RisingWave
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.risingwave import RisingWaveParser
from sqlglot.tokenizer_core import TokenType

from cloud.errors import FogbankError


class Refused(FogbankError):
    """The text is no SQL, or more than is supported. line, column: where, from 1 on."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column


def _timestamp(arguments: Sequence[exp.Expr]) -> exp.Expr:
    if len(arguments) == 1:
        return exp.TryCast(this=arguments[0], to=exp.DataType.build("timestamp"))
    return exp.Anonymous(this="TO_TIMESTAMP", expressions=list(arguments))


class Flink(RisingWave):
    """RisingWave's streaming SQL, with Flink's quotes and windows."""

    class Tokenizer(RisingWave.Tokenizer):
        IDENTIFIERS = ["`"]  # noqa: RUF012 as sqlglot has it

    class Parser(RisingWaveParser):
        FUNCTIONS = {**RisingWaveParser.FUNCTIONS, "TO_TIMESTAMP": _timestamp}  # noqa: RUF012
        FUNCTION_PARSERS = {  # noqa: RUF012
            **RisingWaveParser.FUNCTION_PARSERS,
            "TUMBLE": lambda self: self._parse_tumble(),
        }

        def _parse_tumble(self) -> Any:
            """TUMBLE(column, size), or TUMBLE(TABLE t, DESCRIPTOR(column), size)."""
            arguments: list[Any] = []
            while True:
                is_table = self._match(TokenType.TABLE)
                arguments.append(self._parse_table_parts() if is_table else self._parse_disjunction())
                if not self._match(TokenType.COMMA):
                    return self.expression(exp.Anonymous(this="TUMBLE", expressions=arguments))


def statements(text: str) -> list[exp.Expr]:
    """The statements of a text. Raises Refused where it is no SQL."""
    try:
        return [one for one in sqlglot.parse(text, dialect=Flink) if one is not None]
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        column = max(int(found.get("col") or 1) - len(found.get("highlight") or " ") + 1, 1)
        raise Refused(str(found.get("description") or error), int(found.get("line") or 1), column) from error
    except TokenError as error:
        raise Refused(f"this cannot be read: {error}", text.count("\n") + 1, 1) from error


def refuse(message: str, node: exp.Expr | None, text: str) -> Refused:
    """The refusal of a part of the text: where the first of its words stands."""
    starts = [one.meta["start"] for one in node.walk() if "start" in one.meta] if node is not None else []
    before = text[: min(starts, default=0)]
    return Refused(message, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
