"""What Fogbank relies on of a DynamoDB, whoever plays it."""

from typing import Any

import pytest

from tests.contract.emulators import Emulator

SERVICE = "dynamodb"
ABSENT_OR_OLDER = "attribute_exists(Nickname) AND (attribute_not_exists(#p) OR #p < :p)"


@pytest.fixture
def dynamodb(emulator: Emulator) -> Any:
    return emulator.client("dynamodb")


@pytest.fixture
def board(dynamodb: Any, name: str) -> Any:
    """A table as Alien Attack's scoreboard is, with its local secondary index."""
    attributes = ("SessionId", "Nickname", "Rank")
    index = {"IndexName": "ByRank", "KeySchema": _keys("Rank"), "Projection": {"ProjectionType": "ALL"}}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in attributes],
        KeySchema=_keys("Nickname"),
        LocalSecondaryIndexes=[index],
    )
    yield name
    dynamodb.delete_table(TableName=name)


def test_a_condition_that_fails_returns_the_item_that_failed_it(dynamodb: Any, board: str) -> None:
    """ReturnValuesOnConditionCheckFailure=ALL_OLD, on an update."""
    _seat(dynamodb, board, "ada", 7)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as refused:
        dynamodb.update_item(TableName=board, **_newer("ada", 6), ReturnValuesOnConditionCheckFailure="ALL_OLD")

    assert refused.value.response["Item"]["Position"] == {"S": _position(7)}


def test_a_cancelled_transaction_says_why_for_each_of_its_writes(dynamodb: Any, board: str) -> None:
    """Older, not seated and fine are told apart by the code and the item, and nothing was written."""
    _seat(dynamodb, board, "ada", 7)
    _seat(dynamodb, board, "linus", 1)
    writes = [("ada", 5), ("nobody", 5), ("linus", 5)]
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        dynamodb.transact_write_items(TransactItems=[_write(board, n, at) for n, at in writes])
    reasons = cancelled.value.response["CancellationReasons"]

    assert [r["Code"] for r in reasons] == ["ConditionalCheckFailed", "ConditionalCheckFailed", "None"]
    assert reasons[0]["Item"]["Position"] == {"S": _position(7)}
    assert "Item" not in reasons[1]
    assert _at(dynamodb, board, "linus") == _position(1)


def test_a_transaction_of_a_hundred_conditional_updates_is_taken_whole(dynamodb: Any, board: str) -> None:
    """A hundred is the most that AWS takes in one."""
    for n in range(100):
        _seat(dynamodb, board, f"g{n}", 1)
    dynamodb.transact_write_items(TransactItems=[_write(board, f"g{n}", 2) for n in range(100)])

    assert {_at(dynamodb, board, f"g{n}") for n in range(100)} == {_position(2)}


def test_an_index_gives_the_rows_in_the_order_of_its_sort_key(dynamodb: Any, board: str) -> None:
    """Ten of two hundred by rank, and again after a rank has changed."""
    for n in range(200):
        _seat(dynamodb, board, f"g{n}", 1, rank=f"{(n * 73) % 200:03d}")
    dynamodb.update_item(
        TableName=board,
        Key={"SessionId": {"S": "s"}, "Nickname": {"S": "g199"}},
        UpdateExpression="SET #r = :r",
        ExpressionAttributeNames={"#r": "Rank"},
        ExpressionAttributeValues={":r": {"S": "!"}},
    )
    found = dynamodb.query(
        TableName=board,
        IndexName="ByRank",
        Limit=10,
        KeyConditionExpression="SessionId = :s",
        ExpressionAttributeValues={":s": {"S": "s"}},
    )
    ranks = [item["Rank"]["S"] for item in found["Items"]]

    assert found["Items"][0]["Nickname"] == {"S": "g199"}
    assert ranks == sorted(ranks)
    assert len(ranks) == 10
    assert "LastEvaluatedKey" in found


def test_a_string_set_is_a_room_with_so_many_seats(dynamodb: Any, board: str) -> None:
    """ADD to a set under a condition on its size and on who is in it: a seat is taken once, and not beyond the last."""
    key = {"SessionId": {"S": "s"}, "Nickname": {"S": "room"}}

    def enter(gamer: str) -> None:
        dynamodb.update_item(
            TableName=board,
            Key=key,
            UpdateExpression="ADD Playing :g",
            ConditionExpression="attribute_not_exists(Playing) OR (size(Playing) < :n AND NOT contains(Playing, :one))",
            ExpressionAttributeValues={":g": {"SS": [gamer]}, ":one": {"S": gamer}, ":n": {"N": "2"}},
        )

    enter("ada")
    for gamer, admitted in (("ada", False), ("linus", True), ("grace", False)):
        if admitted:
            enter(gamer)
            continue
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
            enter(gamer)

    assert set(dynamodb.get_item(TableName=board, Key=key)["Item"]["Playing"]["SS"]) == {"ada", "linus"}


def _keys(sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": "SessionId", "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _position(number: int) -> str:
    return f"{number:064d}"


def _seat(dynamodb: Any, board: str, nickname: str, position: int, rank: str = "0") -> None:
    texts = {"SessionId": "s", "Nickname": nickname, "Rank": rank, "Position": _position(position)}
    dynamodb.put_item(TableName=board, Item={name: {"S": text} for name, text in texts.items()})


def _newer(nickname: str, position: int) -> dict[str, Any]:
    return {
        "Key": {"SessionId": {"S": "s"}, "Nickname": {"S": nickname}},
        "UpdateExpression": "SET #p = :p",
        "ConditionExpression": ABSENT_OR_OLDER,
        "ExpressionAttributeNames": {"#p": "Position"},
        "ExpressionAttributeValues": {":p": {"S": _position(position)}},
    }


def _write(board: str, nickname: str, position: int) -> dict[str, Any]:
    update = {"TableName": board, **_newer(nickname, position), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return {"Update": update}


def _at(dynamodb: Any, board: str, nickname: str) -> str:
    key = {"SessionId": {"S": "s"}, "Nickname": {"S": nickname}}
    return str(dynamodb.get_item(TableName=board, Key=key, ConsistentRead=True)["Item"]["Position"]["S"])
