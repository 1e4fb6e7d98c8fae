"""A DynamoDB of few functions, named as MiniStack's are, with the mends of items and tables' streams."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from services.emulator.items import Items
from services.emulator.journal import Journal
from services.emulator.table_streams import TableStreams

PLACE = ("000000000000", "us-east-1")


class Store:
    """As MiniStack's stores are, for one account and region."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def all_items(self) -> list[Any]:
        return [((*PLACE, name), value) for name, value in self.values.items()]

    def all_values(self) -> list[Any]:
        return list(self.values.values())

    def get_scoped(self, _account: str, _region: str, name: str) -> Any:
        return self.values.get(name)

    def set_scoped(self, _account: str, _region: str, name: str, value: Any) -> None:
        self.values[name] = value

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def update(self, other: dict[str, Any]) -> None:
        self.values.update(other)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __setitem__(self, name: str, value: Any) -> None:
        self.values[name] = value

    __getitem__ = get


def arn(label: str) -> str:
    return f"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/{label}"


def table(name: str, label: str = "") -> Any:
    """label: of its stream; without one it has none."""
    stream = {"StreamSpecification": {"StreamEnabled": True}, "LatestStreamArn": arn(label)} if label else {}
    return {"TableId": name, "items": {}, **stream}


def record(label: str, number: str) -> Any:
    return {"eventSourceARN": arn(label), "dynamodb": {"SequenceNumber": number}}


def dynamodb() -> Any:
    """A module with the functions that the mends replace."""
    names = ("_tables", "_stream_records", "_stream_trimmed", "_closed_streams")
    module = SimpleNamespace(__name__="dynamodb", **{name: Store() for name in names}, get_state=None)

    def set_item(of: Any, pk: str, sk: str, item: Any) -> Any:
        before = of["items"].setdefault(pk, {}).get(sk)
        of["items"][pk][sk] = item
        return before

    async def handle(*_: Any) -> Any:
        return 200, {}, b""

    def emit(name: str, added: Any) -> None:
        if name not in module._stream_records:
            module._stream_records[name] = []
        module._stream_records[name].append(added)

    module._set_item = set_item
    module._remove_item = lambda of, pk, sk: of["items"].get(pk, {}).pop(sk, None)
    module._items_replaced = lambda of: None
    module._emit_stream_event = emit
    module._next_stream_seq = module._trim_stream_records = module.closed_stream = None
    module._sweep_closed_streams = lambda: None
    module.load_persisted_state = lambda payload: None
    module.handle_request = handle
    module.reset = lambda: None
    return module


def reading(of: Any) -> Any:
    """The module that tables' streams are read by."""

    def iterator(request: dict[str, Any]) -> Any:
        assert request["ShardIteratorType"] == "TRIM_HORIZON"
        return json_response({"ShardIterator": encode("t", "s", 0, stream_arn=request["StreamArn"])})

    def encode(name: str, shard: str, place: int, *, stream_arn: str, **_: str) -> str:
        fields = {"t": name, "s": shard, "p": place, "a": PLACE[0], "r": PLACE[1], "arn": stream_arn}
        return base64.b64encode(json.dumps(fields).encode()).decode()

    def json_response(body: Any, status: int = 200) -> Any:
        return status, {}, json.dumps(body).encode()

    return SimpleNamespace(
        __name__="dynamodb_streams",
        _get_shard_iterator=iterator,
        _encode_iterator=encode,
        _decode_iterator=lambda text: json.loads(base64.b64decode(text)),
        _enabled_stream_info=lambda name, **_: {"StreamArn": of._tables[name]["LatestStreamArn"]},
        json_response=json_response,
        error_response_json=lambda code, _text, status: json_response({"__type": code}, status),
    )


def mended(folder: Path, clock: Callable[[], float] = lambda: 0.0, **tables: Any) -> Items:
    """The mends in place, with these tables, or with one that has no stream."""
    module = dynamodb()
    streams = TableStreams(module, reading(module), folder / "streams")
    streams.numbers.clock = clock
    made = Items(module, None, Journal(folder), folder / "dynamodb.json", streams)
    made.install()
    module._tables.update(tables or {"t": table("t")})
    return made


def next_process(folder: Path, clock: Callable[[], float] = lambda: 0.0, **tables: Any) -> Items:
    """The same after the process began anew. tables: what dynamodb.json held."""
    fresh = mended(folder, clock, **(tables or {"t": table("t")}))
    fresh.load({})
    return fresh
