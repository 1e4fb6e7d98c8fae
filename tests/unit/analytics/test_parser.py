"""An application's text: what is read of it, and what is refused, with its place."""

import pytest

from labs.wild_rydes import summing
from services.analytics.dialect import Refused
from services.analytics.parser import parse

TABLES = """CREATE TABLE t (a STRING, n INT, ts TIMESTAMP, p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kinesis', 'stream' = 'in', 'format' = 'json');
CREATE TABLE s (a STRING, n BIGINT) WITH ('connector' = 'kinesis', 'stream' = 'out', 'format' = 'json');
"""
GROUPED = TABLES + "INSERT INTO s SELECT a, SUM(n) FROM t GROUP BY TUMBLE({0}, INTERVAL '1' MINUTE), a"
WINDOWED = (
    TABLES
    + "INSERT INTO s SELECT a, SUM(n) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR({0}), INTERVAL '10' SECONDS))"
    + " GROUP BY window_start, window_end, a"
)


def test_the_labs_own_text_is_read() -> None:
    """summary.sql goes from wildrydes to wildrydes-summary, by the minute, in processing time."""
    program = parse(summing.text())

    assert (program.source.stream, program.sink.stream) == ("wildrydes", "wildrydes-summary")
    assert (program.query.width, program.event_time, len(program.query.outputs)) == (60.0, False, 7)


@pytest.mark.parametrize(("text", "width"), [(GROUPED, 60.0), (WINDOWED, 10.0)])
@pytest.mark.parametrize(("time", "is_event"), [("p", False), ("ts", True)])
def test_both_forms_of_windows_are_read_in_both_times(text: str, width: float, time: str, is_event: bool) -> None:
    """The column decides which time it is: PROCTIME(), or the one with the watermark."""
    program = parse(text.format(time))

    assert (program.query.width, program.query.time, program.event_time) == (width, time, is_event)
    assert program.source.lateness == 5.0


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("SELEC 1", 1, 7, ""),
        (TABLES, 1, 1, "no INSERT INTO"),
        (TABLES + "INSERT INTO s SELECT a, 1 FROM t JOIN u ON a = b", 4, 39, "JOIN"),
        (TABLES + "INSERT INTO s SELECT a, n FROM t", 4, 22, "TUMBLE"),
        (GROUPED.format("n"), 4, 55, "no time to tumble by"),
        (GROUPED.format("p").replace("SUM(n)", "SUM(m)"), 4, 29, "no column m"),
        (GROUPED.format("p").replace("SUM(n)", "n"), 4, 25, "neither grouped by"),
        (GROUPED.format("p").replace("SUM(n)", "SUM(DISTINCT n)"), 4, 25, "DISTINCT"),
        (GROUPED.format("p").replace("SUM(n)", "LISTAGG(n)"), 4, 25, "not supported"),
        (GROUPED.format("p").replace("a, SUM(n)", "a"), 4, 22, "1 columns for the 2 of s"),
        (GROUPED.format("p").replace("FROM t", "FROM z"), 4, 37, "no table z"),
        (GROUPED.format("p").replace("'1' MINUTE", "'1' MONTH"), 4, 67, "interval"),
        (TABLES.replace("n INT", "n MAP<INT, INT>"), 1, 27, ""),
        (TABLES.replace("'connector' = 'kinesis', 'stream' = 'in'", "'connector' = 'kafka'"), 2, 9, "kafka"),
        (TABLES.replace("'stream' = 'in', ", ""), 1, 14, "'stream'"),
        (GROUPED.format("p") + ";\nDROP TABLE t", 5, 12, "DROP"),
        (GROUPED.format("p") + ";\nINSERT INTO s SELECT 1", 5, 13, "one INSERT"),
    ],
)
def test_what_is_outside_is_refused_with_its_place(text: str, line: int, column: int, what: str) -> None:
    """Line and column are those of the first word of what is not supported."""
    with pytest.raises(Refused) as refused:
        parse(text)

    assert what in str(refused.value)
    assert (refused.value.line, refused.value.column) == (line, column)
