"""Writing statuses: what is made of DynamoDB's refusals. botocore's Stubber plays DynamoDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from labs.alien_attack import aws, board
from labs.alien_attack.status import Status

REFUSED = "ConditionalCheckFailed"


def status(nickname: str, position: str = "5", lives: int = 3) -> Status:
    """A status of which only the gamer, the position and the lives matter."""
    return Status("S", nickname, 10, lives, 4, 1, "2026-11-20T10:00:00.000Z", position)


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A DynamoDB that answers what it is told to, and nothing else."""
    monkeypatch.setenv("SCOREBOARD_TABLE", "Board")
    with Stubber(aws.client("dynamodb")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    aws.client.cache_clear()


def cancel(stubber: Stubber, *reasons: dict[str, Any]) -> None:
    """The next transaction is cancelled for these reasons, one for each of its updates."""
    stubber.add_client_error(
        "transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": list(reasons)}
    )


def row(position: str, *, finished: bool = False) -> dict[str, Any]:
    """A refusal with the row as it stands."""
    return {"Code": REFUSED, "Item": aws.to_item({"Position": position, "Finished": finished})}


def test_fifty_statuses_are_one_call(dynamodb: Stubber) -> None:
    """And one more is another."""
    dynamodb.add_response("transact_write_items", {})
    dynamodb.add_response("transact_write_items", {})

    outcome = board.write(status(f"g{number}") for number in range(51))

    assert len(outcome.stored) == 51


def test_nothing_to_write_is_no_call(dynamodb: Stubber) -> None:
    """A batch of unreadable records leaves DynamoDB alone."""
    assert board.write([]) == board.Outcome()


def test_refused_updates_are_sorted_out_and_the_others_written(dynamodb: Stubber) -> None:
    """A later row: overtaken; no row: not seated; the same position: stored before; the rest goes again."""
    cancel(dynamodb, row("6"), {"Code": REFUSED}, row("5"), {"Code": "None"})
    dynamodb.add_response("transact_write_items", {})

    outcome = board.write(map(status, ["late", "nobody", "replayed", "fine"]))

    assert [one.nickname for one in outcome.overtaken] == ["late"]
    assert [one.nickname for one in outcome.not_seated] == ["nobody"]
    assert [one.nickname for one in outcome.stored] == ["replayed", "fine"]


def test_a_replayed_end_of_a_game_counts_unless_the_gamer_has_begun_anew(dynamodb: Stubber) -> None:
    """The seat is freed again for who is finished, and kept by who took one since."""
    cancel(dynamodb, row("5", finished=True), row("5", finished=False))

    outcome = board.write([status("out", lives=0), status("back", lives=0)])

    assert [one.nickname for one in outcome.stored] == ["out"]
    assert [one.nickname for one in outcome.overtaken] == ["back"]


def test_a_conflict_with_another_writer_is_tried_again(dynamodb: Stubber) -> None:
    """Another worker holds the same batch: DynamoDB refuses one of the two for the moment."""
    cancel(dynamodb, {"Code": "TransactionConflict"})
    dynamodb.add_response("transact_write_items", {})

    assert len(board.write([status("ada")]).stored) == 1


def test_a_conflict_that_does_not_end_is_raised(dynamodb: Stubber) -> None:
    """Then Lambda tries the whole batch again."""
    for _ in range(8):
        cancel(dynamodb, {"Code": "TransactionConflict"})

    with pytest.raises(ClientError, match="TransactionCanceled"):
        board.write([status("ada")])


def test_any_other_reason_is_raised(dynamodb: Stubber) -> None:
    """What nobody foresaw must not pass for stored, overtaken or not seated."""
    cancel(dynamodb, {"Code": "ValidationError"}, row("6"))

    with pytest.raises(ClientError, match="TransactionCanceled"):
        board.write([status("ada"), status("linus")])
