"""The gateway as something that runs: logs, metrics, reloads, gateways beside it, and clients who mean no good."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psutil
import pytest

from cloud.wait import until
from tests.contract import rest_lab
from tests.contract.emulators import Emulator
from tests.contract.rest_stack import Rest, gateway
from tests.unit.gateway.support import token

pytestmark = pytest.mark.emulator


def lines(rest: Rest, group: str) -> list[str]:
    """What CloudWatch Logs has of a group."""
    return [event["message"] for event in rest.boto("logs").filter_log_events(logGroupName=group)["events"]]


def test_the_access_log_has_its_format_and_no_secret(rest: Rest) -> None:
    """One line per request in CloudWatch Logs; what a request has not is -; quotes cannot break out of it."""
    bearer = token(exp=int(time.time()) + 60)
    mine = rest.send("GET", "/cognito", headers={"Authorization": bearer, "User-Agent": 'my "agent"'})
    refused = rest.send("GET", "/key", headers={"x-api-key": "x" * 25})
    wanted = {answer.headers["x-amzn-RequestId"] for answer in (mine, refused)}

    def both() -> dict[str, Any]:
        hits = [json.loads(line) for line in lines(rest, "rest-access") if any(one in line for one in wanted)]
        return {hit["status"]: hit for hit in hits} if len(hits) == 2 else {}

    found = until(both, 60)
    assert found["200"] == {
        "id": mine.headers["x-amzn-RequestId"], "path": "/dev/cognito", "status": "200", "who": "sub-1",
        "agent": 'my "agent"', "error": "-", "nothing": "-", "key": "-", "backend": "-",
    }  # fmt: skip
    assert (found["403"]["error"], found["403"]["who"]) == ("INVALID_API_KEY", "-")


def test_the_execution_log_tells_every_step_and_no_secret(rest: Rest) -> None:
    """In API-Gateway-Execution-Logs_<api>/<stage>, for methods whose settings ask for it; events of 1024 bytes."""
    secret = "Bearer very-secret-0123456789"
    headers = {"Authorization": secret, "x-api-key": "k" * 30, "X-Long": "y" * 3000}
    answer = rest.send("GET", "/logged?token=hush-hush-hush&a=1", headers=headers)
    request_id = answer.headers["x-amzn-RequestId"]
    group = "API-Gateway-Execution-Logs_shop/dev"

    def whole() -> list[str]:
        own = [line for line in lines(rest, group) if request_id in line]
        return own if own and own[-1].endswith("Method completed with status: 200") else []

    said = until(whole, 60)
    assert all(line.startswith(f"({request_id}) ") and len(line.encode()) <= 1024 for line in said)
    assert f"({request_id}) HTTP Method: GET, Resource Path: /logged" in said
    assert any("Received response. Status: 200, Integration latency: " in line for line in said)
    text = "\n".join(said)
    assert "very-secret" not in text
    assert "hush-hush" not in text
    assert "k" * 20 not in text


def test_cloudwatch_hears_of_requests_errors_and_latencies(rest: Rest) -> None:
    """AWS/ApiGateway by API and stage; by method where detailed metrics are on. Sums of 4XXError are numbers."""
    rest.send("GET", "/nope")
    rest.send("GET", "/logged")
    cloudwatch = rest.boto("cloudwatch")
    stage = [{"Name": "ApiName", "Value": "shop"}, {"Name": "Stage", "Value": "dev"}]
    method = [*stage, {"Name": "Resource", "Value": "/logged"}, {"Name": "Method", "Value": "GET"}]

    def total(name: str, dimensions: Any, statistic: str = "Sum") -> float:
        now = time.time()
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApiGateway", MetricName=name, Dimensions=dimensions, StartTime=now - 3600, EndTime=now + 120,
            Period=60, Statistics=[statistic],
        )  # fmt: skip
        return float(sum(point[statistic] for point in answer["Datapoints"]))

    until(lambda: total("Count", stage) >= 2 and total("4XXError", stage) >= 1, 60, what="counts")
    until(lambda: total("Latency", method) > 0 and total("Count", method) >= 1, 60, what="the method's own")
    until(lambda: total("IntegrationLatency", stage, "SampleCount") >= 1, 60, what="integrations")


def test_a_reload_drops_no_request(rest: Rest) -> None:
    """A changed document is served within seconds, and everything sent meanwhile is answered, as before or as after."""
    path = rest.folder / "cors.json"
    document = json.loads(path.read_text(encoding="utf-8"))

    async def load() -> list[int]:
        statuses: list[int] = []
        async with aiohttp.ClientSession() as session:

            async def caller() -> None:
                while True:
                    async with session.get(f"{rest.address}/cors/dev/new") as answer:
                        await answer.read()
                        statuses.append(answer.status)
                        if answer.status == 200:
                            return

            callers = [asyncio.create_task(caller()) for _ in range(8)]
            document["paths"]["/new"] = {"get": rest_lab.op()}
            path.write_text(json.dumps(document), encoding="utf-8")
            await asyncio.wait_for(asyncio.gather(*callers), 60)
        return statuses

    statuses = asyncio.run(load())
    assert set(statuses) == {404, 200}  # the API's own status for what it does not know
    path.write_text("{", encoding="utf-8")
    broken = until(lambda: httpx.get(f"{rest.address}/health", timeout=30).json().get("missing"), 60)
    assert any("cors" in what for what in broken)
    assert rest.http.get("/cors/dev/new").status_code == 200
    rest.reload()
    until(lambda: httpx.get(f"{rest.address}/health", timeout=30).status_code == 200, 60)


# --- several gateways


@pytest.fixture
def beside(mended: Emulator, rest: Rest, tmp_path: Path) -> Iterator[tuple[Rest, Rest]]:
    """Two more gateways over the same emulator; they know of one another and of the first."""
    with ExitStack() as stack:
        folders = [tmp_path / "a", tmp_path / "b"]
        for folder in folders:
            folder.mkdir()
        yield tuple(stack.enter_context(gateway(mended, rest.stub, folder)) for folder in folders)  # type: ignore[misc]


def test_quota_and_throttle_hold_across_gateways(rest: Rest, beside: tuple[Rest, Rest]) -> None:
    """Whoever is asked: a burst of four is four and a quota of five is five, for all of them together."""
    both = list(beside)
    quota_headers = {"x-api-key": rest_lab.SHARED_QUOTA_KEY}
    burst_headers = {"x-api-key": rest_lab.SHARED_BURST_KEY}
    # Alone for up to a second, a gateway that has just come counts as if nobody else were there.
    until(lambda: _alive(rest) >= 3, 60, what="three gateways that say they are there")
    _settled(both)
    quota = [each.send("GET", "/key", headers=quota_headers).status_code for _ in range(4) for each in both]
    burst = [each.send("GET", "/key", headers=burst_headers).status_code for _ in range(3) for each in both]

    assert (quota.count(200), quota.count(429)) == (5, 3)
    assert (burst.count(200), burst.count(429)) == (4, 2)


def _alive(rest: Rest) -> int:
    item = rest.boto("dynamodb").get_item(TableName="FogbankUsage", Key={"Name": {"S": "gateways"}})["Item"]
    now = time.time()
    return sum(float(value["N"]) > now for name, value in item.items() if name.startswith("gateway."))


def _settled(gateways: list[Rest]) -> None:
    """Every gateway has counted the others: two looks after they were all there."""
    for each in gateways:
        before = _looks(each)
        until(lambda each=each, before=before: _looks(each) >= before + 2, 60)  # type: ignore[misc]


def _looks(rest: Rest) -> float:
    text = httpx.get(f"{rest.address}/metrics", timeout=30).text
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith("fogbank_gateway_looks_total")))


# --- clients who mean no good


@pytest.fixture(scope="module")
def hardened(mended: Emulator, rest: Rest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    """A gateway with little patience: two seconds for a request, sixty connections."""
    limits = {"FOGBANK_GATEWAY_REQUEST_SECONDS": "2", "FOGBANK_GATEWAY_CONNECTIONS": "60"}
    with gateway(mended, rest.stub, tmp_path_factory.mktemp("hardened"), **limits) as running:
        yield running


def connections(rest: Rest) -> list[Any]:
    """The gateway's side of everything on its port."""
    port = int(rest.address.rpartition(":")[2])
    return [each for each in psutil.net_connections("tcp") if each.laddr and each.laddr.port == port]


def dial(rest: Rest, said: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", int(rest.address.rpartition(":")[2])), timeout=20)
    made.sendall(said)
    return made


def test_who_sends_too_slowly_is_hung_up_on(hardened: Rest) -> None:
    """Nothing at all, half a head, a body that never ends: closed after the time; a drip does not buy more."""
    head = b"POST /shop/dev/body HTTP/1.1\r\nHost: localhost\r\n"
    sockets = [dial(hardened, said) for said in (b"", head, head + b"Content-Length: 100\r\n\r\n{")]
    dripping = dial(hardened, head)
    began = time.monotonic()
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.2):
            try:
                dripping.sendall(b"X-Drop: 1\r\n")
            except OSError:
                return

    drops = threading.Thread(target=drip)
    drops.start()
    try:
        for each in [*sockets, dripping]:
            assert _ended(each)
        assert 1.5 < time.monotonic() - began < 15
    finally:
        stop.set()
        drops.join()
    assert hardened.send("GET", "/mock").status_code == 200


def test_half_open_sockets_do_not_keep_others_out(hardened: Rest) -> None:
    """Three times as many as there is room for: the oldest idle ones go, callers are served all the while."""
    idle = [dial(hardened, b"GET /shop/dev/mock HT") for _ in range(180)]
    try:
        statuses = [httpx.get(f"{hardened.address}/shop/dev/mock", timeout=20).status_code for _ in range(5)]
        ours = [each for each in connections(hardened) if each.status == "ESTABLISHED"]
        assert statuses == [200] * 5
        assert len(ours) <= 61
    finally:
        for each in idle:
            each.close()


def test_idle_connections_make_room_for_others(hardened: Rest) -> None:
    """Clients that had their answer and keep the connection are closed when there is no room for a new one."""
    kept = []
    try:
        for _ in range(90):
            each = dial(hardened, b"GET /shop/dev/mock HTTP/1.1\r\nHost: localhost\r\n\r\n")
            kept.append(each)
            assert each.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert sum(each.status == "ESTABLISHED" for each in connections(hardened)) <= 61
    finally:
        for each in kept:
            each.close()


def test_a_head_without_an_end_is_refused(hardened: Rest) -> None:
    """Beyond 64 KiB of headers: 400, and nothing of it is kept."""
    endless = dial(hardened, b"GET /shop/dev/mock HTTP/1.1\r\nHost: localhost\r\n")
    with suppress(OSError):
        for _ in range(40):
            endless.sendall(b"X-Pad: " + b"x" * 8000 + b"\r\n")
    with suppress(ConnectionError):
        assert endless.recv(4096).startswith(b"HTTP/1.1 400 ")
    endless.close()
    assert hardened.send("GET", "/mock").status_code == 200


def test_half_a_body_is_not_served(hardened: Rest) -> None:
    """A client that hangs up in the middle of its body has sent no request: the function is not invoked."""
    before = len(hardened.stub.invoked("length"))
    cut = dial(hardened, b"POST /shop/dev/big HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
    cut.close()
    assert hardened.send("POST", "/big", content=b"whole", headers={"Content-Type": "text/plain"}).text == "5"
    assert len(hardened.stub.invoked("length")) == before + 1


def test_large_bodies_are_not_held_many_times_over(hardened: Rest) -> None:
    """Twenty clients send more than ten mebibytes at once: memory grows by less than one body each."""
    process = psutil.Process(next(each.pid for each in connections(hardened) if each.status == "LISTEN"))
    before, peak = process.memory_info().rss, 0
    head = b"POST /shop/dev/big HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n"
    sockets = [dial(hardened, head) for _ in range(20)]
    answers = []
    for each in sockets:
        with suppress(OSError):
            each.sendall(b"x" * 1_000_000)
        peak = max(peak, process.memory_info().rss)
        try:
            answers.append(each.recv(4096))
        except OSError:
            answers.append(b"")
        each.close()

    assert peak - before < 20 * 10_485_760 // 4
    assert sum(b" 413 " in answer for answer in answers) >= 15


def _ended(each: socket.socket) -> bool:
    """Whether the other side closed it (an answer may come first)."""
    try:
        while each.recv(4096):
            pass
    except ConnectionError:
        pass
    each.close()
    return True
