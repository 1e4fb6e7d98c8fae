"""WebSocket APIs over real sockets: routes, $connect with its authorizer, events, limits, ends of connections."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close

from cloud.wait import until, until_async
from tests.contract.emulators import Emulator
from tests.contract.websocket_stack import (
    Functions,
    Gateway,
    Raised,
    ask,
    gateway,
    in_thread,
    lambda_api,
    opened,
    publish_outputs,
)

pytestmark = pytest.mark.emulator

NOT_YOU = "User is not authorized to access this resource"
EXPLICITLY = " with an explicit deny in an identity-based policy"
DENIED, BROKEN = "AccessDeniedException", "AuthorizerConfigurationException"
ALLOWED = {"principalId": "ada", "context": {"groups": "Managers", "level": 3, "paid": True}}


@pytest.fixture(scope="module")
def lambda_() -> Iterator[tuple[Functions, str]]:
    functions = Functions()
    with lambda_api(functions) as address:
        yield functions, address


@pytest.fixture(scope="module")
def served(
    mended: Emulator, lambda_: tuple[Functions, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    publish_outputs(mended.url)
    with gateway(mended.url, lambda_[1], tmp_path_factory.mktemp("gateway"), FOGBANK_LOG_LEVEL="DEBUG") as started:
        yield started


@pytest.fixture
def functions(lambda_: tuple[Functions, str], served: Gateway) -> Functions:
    """The functions, as new. Reply answers with what it got."""
    found = lambda_[0]
    found.forget()
    found.doing["Reply"] = lambda event: {"statusCode": 200, "body": json.dumps({"on": route_of(event)})}
    return found


def route_of(event: Any) -> str:
    return str(event["requestContext"]["routeKey"])


def policy(effect: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


async def refused(url: str, **more: Any) -> tuple[int, Any, str | None]:
    """Status, body and error type of a handshake that must fail."""
    with pytest.raises(InvalidStatus) as caught:
        async with opened(url, **more):
            pass
    answer = caught.value.response
    body = bytes(answer.body or b"")
    return (
        answer.status_code,
        json.loads(body) if body.startswith(b"{") else body,
        answer.headers.get("x-amzn-errortype"),
    )


async def closing(socket: ClientConnection) -> Close | None:
    """Read until the server closes; its close frame."""
    try:
        async with asyncio.timeout(60):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd


def connected(functions: Functions) -> str:
    """The id of the newest connection."""
    return str(functions.last("Connect")["requestContext"]["connectionId"])


async def test_a_message_takes_the_route_that_its_action_names(served: Gateway, functions: Functions) -> None:
    """Exact match; nothing else matches, not even a part of it; what matches nothing is Forbidden without $default."""
    async with opened(f"{served.ws}/plain/production") as socket:
        answer = await ask(socket, {"action": "ask", "x": 1})
        identity = connected(functions)
        frames = [await ask(socket, text) for text in ('{"action": "as"}', '{"action": 1}', "{}", "no JSON", "[1]")]
        still = await ask(socket, {"action": "ask"})

    assert (answer, still) == ({"on": "ask"}, {"on": "ask"})
    for frame in frames:
        assert {**frame, "requestId": ""} == {"message": "Forbidden", "connectionId": identity, "requestId": ""}
    assert len({frame["requestId"] for frame in frames}) == len(frames)


async def test_a_composed_key_and_what_it_lacks(served: Gateway, functions: Functions) -> None:
    """A member that is missing is the empty string; what is no JSON goes to $default, as all that matches nothing."""
    async with opened(f"{served.ws}/composed/production") as socket:
        taken = [
            await ask(socket, message)
            for message in ({"service": "games", "verb": "start"}, {"service": "games"}, "no JSON", {"service": "mock"})
        ]

    assert [one["on"] for one in taken] == ["games/start", "$default", "$default", "mock/"]


async def test_no_message_can_reach_connect_and_disconnect(served: Gateway, functions: Functions) -> None:
    """They are run when connections begin and end, whatever a body says."""
    async with opened(f"{served.ws}/plain/production") as socket:
        frames = [await ask(socket, {"action": key}) for key in ("$connect", "$disconnect")]

    assert [frame["message"] for frame in frames] == ["Forbidden", "Forbidden"]
    assert len(functions.of("Connect")) == 1


@pytest.mark.parametrize(
    "result",
    [None, "text", {"statusCode": 200, "wrong": 1}, {"statusCode": "abc"}, {"body": {"no": "text"}}, Raised("no")],
)
async def test_a_failing_integration_is_told_and_the_connection_stays_open(
    served: Gateway, functions: Functions, result: Any
) -> None:
    """The function raises, or gives what is no response: a frame with connection and request, nothing more."""
    functions.doing["Message"] = lambda _event: raise_or_return(result)
    async with opened(f"{served.ws}/plain/production") as socket:
        frame = await ask(socket, {"action": "say"})
        still = await ask(socket, {"action": "ask"})
    request = functions.last("Message")["requestContext"]["requestId"]

    assert frame == {"message": "Internal server error", "connectionId": connected(functions), "requestId": request}
    assert still == {"on": "ask"}


def raise_or_return(result: Any, _event: Any = None) -> Any:
    if isinstance(result, Exception):
        raise result
    return result


async def test_only_a_two_way_route_answers_and_its_status_does_not_matter(
    served: Gateway, functions: Functions
) -> None:
    """say answers 500 with a body and nobody hears; ask answers 404 and its body arrives."""
    functions.doing["Message"] = lambda _event: {"statusCode": 500, "body": '{"on": "say"}'}
    functions.doing["Reply"] = lambda _event: {"statusCode": 404, "body": '{"on": "ask"}'}
    async with opened(f"{served.ws}/plain/production") as socket:
        await socket.send('{"action": "say"}')
        until(lambda: functions.of("Message"), 60, what="say")
        first = await ask(socket, {"action": "ask"})

    assert first == {"on": "ask"}


async def test_mock_and_http_integrations_answer(served: Gateway, functions: Functions) -> None:
    """MOCK renders its templates; HTTP_PROXY posts the message, with mapped parameters, and passes on the answer."""
    async with opened(f"{served.ws}/composed/production", user_agent_header="test") as socket:
        mocked = await ask(socket, {"service": "mock", "n": 1})
        await socket.send('{"service": "http", "action": "go"}')
        answer = await asyncio.wait_for(socket.recv(), 60)
        path, headers, body = functions.posted[-1]

    assert mocked == {"said": {"service": "mock", "n": 1}, "on": "mock/", "v": "1"}
    assert answer == 'got {"service": "http", "action": "go"}'
    assert path.startswith("/posted/")
    assert path.endswith("%3D?fixed=a+b")
    assert (headers["x-action"], body) == ("go", '{"service": "http", "action": "go"}')


async def test_events_have_aws_keys_and_nothing_else(served: Gateway, functions: Functions) -> None:
    """CONNECT: headers, query, context, no body. MESSAGE: context and body. DISCONNECT: four headers, code, reason."""
    url = f"{served.ws}/guarded/production?token=secret-1&room=a&room=b%20c"
    functions.doing["Authorize"] = lambda event: {**ALLOWED, "policyDocument": policy("Allow", event["methodArn"])}
    async with opened(url, additional_headers={"X-Own": "1"}, user_agent_header="agent/1") as socket:
        await socket.send('{"action": "say", "ü": "é"}')
        message = functions.awaited("Message", connected(functions))
        await socket.close(4001, "done with it")
    connect, gone = functions.last("Connect"), functions.awaited("Disconnect", connected(functions))
    context = {
        "routeKey", "authorizer", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage",
        "connectedAt", "requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId",
    }  # fmt: skip

    assert set(connect) == {
        "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "requestContext",
        "isBase64Encoded",
    }  # fmt: skip
    assert connect["queryStringParameters"] == {"token": "secret-1", "room": "b c"}
    assert connect["multiValueQueryStringParameters"]["room"] == ["a", "b c"]
    assert connect["multiValueHeaders"]["X-Own"] == ["1"]
    assert "Sec-WebSocket-Key" in connect["headers"]
    assert not {"Connection", "Upgrade"} & set(connect["headers"])
    assert set(connect["requestContext"]) == context
    assert set(message) == {"requestContext", "body", "isBase64Encoded"}
    assert (message["body"], message["isBase64Encoded"]) == ('{"action": "say", "ü": "é"}', False)
    assert set(message["requestContext"]) == context | {"messageId"}
    assert set(gone) == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}
    host = f"127.0.0.1:{served.port}"
    assert gone["headers"] == {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert set(gone["requestContext"]) == context | {"disconnectStatusCode", "disconnectReason"}
    for event, route, kind in (
        (connect, "$connect", "CONNECT"),
        (message, "say", "MESSAGE"),
        (gone, "$disconnect", "DISCONNECT"),
    ):
        found = event["requestContext"]
        assert (found["routeKey"], found["eventType"], found["messageDirection"]) == (route, kind, "IN")
        assert (found["stage"], found["apiId"], found["domainName"]) == ("production", "guarded", host)
        assert found["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "agent/1"}
        assert found["connectionId"] == connected(functions)
        assert found["requestId"] == found["extendedRequestId"]
        assert len(found["connectionId"]) == 16
        assert found["connectionId"].endswith("=")
        passed = {**found["authorizer"], "integrationLatency": 0}
        assert passed == {
            "principalId": "ada", "groups": "Managers", "level": "3", "paid": "true", "integrationLatency": 0,
        }  # fmt: skip
    assert connect["requestContext"]["connectedAt"] == gone["requestContext"]["connectedAt"]


async def test_the_authorizer_gets_the_handshake_and_its_method(served: Gateway, functions: Functions) -> None:
    """type REQUEST, a methodArn that ends with the stage and $connect, headers and query; no body."""
    functions.doing["Authorize"] = lambda event: {**ALLOWED, "policyDocument": policy("Allow", event["methodArn"])}
    async with opened(f"{served.ws}/by-header/production", additional_headers={"X-Token": "t"}):
        pass
    event = functions.last("Authorize")

    assert set(event) == {
        "type", "methodArn", "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
        "stageVariables", "requestContext",
    }  # fmt: skip
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == "arn:aws:execute-api:us-east-1:000000000000:by-header/production/$connect"
    assert (event["headers"]["X-Token"], event["queryStringParameters"]) == ("t", {})
    assert event["requestContext"]["connectionId"] == connected(functions)


async def test_without_an_identity_source_nobody_is_asked(served: Gateway, functions: Functions) -> None:
    """401 for a parameter or header that is missing or empty; the authorizer is not invoked, $connect neither."""
    found = [
        await refused(f"{served.ws}/{path}")
        for path in (
            "guarded/production",
            "guarded/production?token=",
            "guarded/production?other=1",
            "by-header/production",
        )
    ]

    assert found == [(401, {"message": "Unauthorized"}, "UnauthorizedException")] * 4
    assert functions.events == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Raised("Unauthorized"), (401, {"message": "Unauthorized"}, "UnauthorizedException")),
        (Raised("unauthorized"), (500, {"message": None}, BROKEN)),
        ({**ALLOWED, "policyDocument": policy("Deny")}, (403, {"Message": f"{NOT_YOU}{EXPLICITLY}"}, DENIED)),
        ({**ALLOWED, "policyDocument": policy("Allow", "arn:*/other/*")}, (403, {"Message": NOT_YOU}, DENIED)),
        ({"policyDocument": policy("Allow")}, (500, {"message": None}, BROKEN)),
        ({"principalId": "ada"}, (500, {"message": None}, BROKEN)),
        (
            {**ALLOWED, "context": {"a": [1]}, "policyDocument": policy("Allow")},
            (500, {"message": None}, BROKEN),
        ),
    ],
)
async def test_an_authorizer_says_no(served: Gateway, functions: Functions, answer: Any, expected: Any) -> None:
    """Its own Unauthorized is 401, a deny 403, all that is no decision 500; $connect is not run."""
    functions.doing["Authorize"] = lambda _event: raise_or_return(answer)

    assert await refused(f"{served.ws}/guarded/production?token=x") == expected
    assert functions.of("Connect") == []


async def test_connect_decides_by_its_status(served: Gateway, functions: Functions) -> None:
    """2xx accepts; another status is the handshake's own; an exception is 502; $disconnect is not run for these."""
    for result, expected in (
        ({"statusCode": 403, "body": "not you"}, (403, b"not you")),
        ({"statusCode": 401}, (401, b"")),
        ({"statusCode": 500}, (500, b"")),
    ):
        functions.doing["Connect"] = partial(raise_or_return, result)
        assert (await refused(f"{served.ws}/plain/production"))[:2] == expected
    functions.doing["Connect"] = lambda _event: raise_or_return(Raised("no"))
    status, body, _ = await refused(f"{served.ws}/plain/production")
    assert (status, body["message"], body["connectionId"]) == (502, "Internal server error", connected(functions))
    functions.doing["Connect"] = lambda _event: {"statusCode": 204}
    async with opened(f"{served.ws}/plain/production") as socket:
        assert await ask(socket, {"action": "ask"}) == {"on": "ask"}
    functions.awaited("Disconnect", connected(functions))

    assert len(functions.of("Disconnect")) == 1


async def test_a_subprotocol_is_the_one_that_connect_names(served: Gateway, functions: Functions) -> None:
    """Offered and echoed in the function's headers: agreed; not echoed: none."""
    url = f"{served.ws}/plain/production"
    functions.doing["Connect"] = lambda _event: {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v2"}}
    async with opened(url, subprotocols=["chat.v1", "chat.v2"]) as socket:
        assert socket.subprotocol == "chat.v2"
    assert functions.last("Connect")["headers"]["Sec-WebSocket-Protocol"] == "chat.v1, chat.v2"
    functions.doing["Connect"] = lambda _event: {"statusCode": 200}
    async with opened(url, subprotocols=["chat.v1"]) as socket:
        assert socket.subprotocol is None


async def test_unknown_addresses_and_foreign_pages_are_refused(served: Gateway, functions: Functions) -> None:
    """403 for an API, a stage or a path that is not there, and for a page of another origin."""
    for path in ("nobody/production", "plain/other", "plain", "plain/production/more", ""):
        assert await refused(f"{served.ws}/{path}") == (403, {"message": "Forbidden"}, "ForbiddenException")
    assert (await refused(f"{served.ws}/plain/production", origin="http://evil.example"))[0] == 403
    async with opened(f"{served.ws}/plain/production", origin="http://localhost:8080"):
        pass

    assert len(functions.of("Connect")) == 1


@pytest.mark.parametrize(
    ("size", "pieces", "code"),
    [
        (131_072, 4, None),
        (131_073, 5, 1009),
        (32_768, 1, None),
        (32_769, 1, 1009),
    ],
)
async def test_messages_and_frames_have_a_largest_size(
    served: Gateway, functions: Functions, size: int, pieces: int, code: int | None
) -> None:
    """128 KB in frames of 32 KB arrive whole; one byte more of either closes with 1009, which $disconnect hears."""
    head = '{"action": "ask", "x": "'
    text = head + "x" * (size - len(head) - 2) + '"}'
    step = -(-size // pieces)
    async with opened(f"{served.ws}/plain/production") as socket:
        identity = connected(functions)
        await socket.send(text[i : i + step] for i in range(0, size, step))
        if code is None:
            assert json.loads(await asyncio.wait_for(socket.recv(), 60)) == {"on": "ask"}
            assert functions.last("Reply")["body"] == text
        else:
            closed = await closing(socket)
            assert closed
            assert closed.code == code
            assert functions.awaited("Disconnect", identity)["requestContext"]["disconnectStatusCode"] == code


async def test_a_binary_frame_closes_with_1003(served: Gateway, functions: Functions) -> None:
    """API Gateway takes text from clients, nothing else."""
    async with opened(f"{served.ws}/plain/production") as socket:
        await socket.send(b"\x00\x01")
        closed = await closing(socket)
    gone = functions.awaited("Disconnect", connected(functions))

    assert closed
    assert closed.code == 1003
    assert gone["requestContext"]["disconnectStatusCode"] == 1003


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x81\x00\x00\x00\x00\xff", 1007),  # text that is no UTF-8
        (b"\x81\x01x", 1002),  # a client must mask
        (b"\xf1\x81\x00\x00\x00\x00x", 1002),  # reserved bits, which no extension has claimed
        (b"\x83\x80\x00\x00\x00\x00", 1002),  # an opcode that does not exist
        (b"\x80\x80\x00\x00\x00\x00", 1002),  # a continuation of nothing
        (b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + b"x" * 126, 1002),  # a ping of 126 bytes
    ],
)
async def test_a_client_that_breaks_the_protocol_is_closed(
    served: Gateway, functions: Functions, sent: bytes, code: int
) -> None:
    """With the protocol's own code, which $disconnect hears; others go on."""
    async with opened(f"{served.ws}/plain/production") as other:
        async with opened(f"{served.ws}/plain/production") as socket:
            socket.transport.write(sent)
            closed = await closing(socket)
        gone = functions.awaited("Disconnect", connected(functions))
        answer = await ask(other, {"action": "ask"})

    assert closed
    assert (closed.code, gone["requestContext"]["disconnectStatusCode"]) == (code, code)
    assert answer == {"on": "ask"}


@pytest.mark.parametrize(
    "head",
    [
        b"GET /plain/production HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /plain/pro\xffduction HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        b"GET /plain/production HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 12\r\n\r\n",
        b"GET /plain/production HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ],
)
async def test_a_handshake_that_is_none_opens_nothing(served: Gateway, functions: Functions, head: bytes) -> None:
    """No key, no ASCII, another version, plain HTTP: an error or a closed connection, and nothing is invoked."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(head)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    await writer.wait_closed()

    assert not answer or answer.split(b" ")[1][:1] == b"4"
    assert functions.events == []


async def test_disconnect_says_how_a_connection_ended(served: Gateway, functions: Functions) -> None:
    """The client's code and reason; 1005 for a close frame without a code; 1006 for none at all."""
    ends = []
    for how in ("reason", "bare", "cut"):
        async with opened(f"{served.ws}/plain/production") as socket:
            if how == "reason":
                await socket.close(1000, "bye")
            elif how == "bare":
                socket.transport.write(b"\x88\x80\x00\x00\x00\x00")  # a masked close frame without a payload
                await closing(socket)
            else:
                socket.transport.abort()
        context = functions.awaited("Disconnect", connected(functions))["requestContext"]
        ends.append((context["disconnectStatusCode"], context["disconnectReason"]))

    assert ends == [
        (1000, "bye"), (1005, "Client-side close frame status not set"), (1006, "Connection closed abnormally"),
    ]  # fmt: skip


async def test_messages_of_one_connection_do_not_wait_for_one_another(served: Gateway, functions: Functions) -> None:
    """A slow function holds up its own message only; on AWS too the order of invocations is all that is kept."""
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(event: Any) -> Any:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(15)
        return {"statusCode": 200}

    functions.doing["Message"] = slow
    async with opened(f"{served.ws}/plain/production") as socket:
        await socket.send('{"action": "say"}')
        await until_async(lambda: in_thread(functions.of, "Message"), 60, what="say")
        answer = await ask(socket, {"action": "ask"})
        release.set()

    assert answer == {"on": "ask"}


async def test_a_route_may_be_throttled(served: Gateway, functions: Functions) -> None:
    """Beyond the stage's burst a message gets Too Many Requests, and the connection stays open."""
    async with opened(f"{served.ws}/slow/production") as socket:
        found = [await ask(socket, "{}") for _ in range(3)]

    assert [one.get("message") for one in found] == [None, None, "Too Many Requests"]


async def test_counts_are_those_of_cloudwatch(served: Gateway, functions: Functions) -> None:
    """ConnectCount, MessageCount in both directions, ClientError, IntegrationError, and how many are open."""
    names = ("ConnectCount", "MessageCount", "ClientError", "IntegrationError", "ExecutionError")
    before = {name: served.metric(name, api="plain") for name in names}
    functions.doing["Message"] = lambda _event: raise_or_return(Raised("no"))
    async with opened(f"{served.ws}/plain/production") as socket:
        for action in ("ask", "nobody", "say"):
            await ask(socket, {"action": action})
    after = {name: served.metric(name, api="plain") - before[name] for name in names}

    assert after == {
        "ConnectCount": 1, "MessageCount": 6, "ClientError": 1, "IntegrationError": 1, "ExecutionError": 0,
    }  # fmt: skip


async def test_no_token_reaches_the_log(served: Gateway, functions: Functions) -> None:
    """Whatever the parameter is called, at every level of logging; handshakes that fail included."""
    functions.doing["Authorize"] = lambda event: {**ALLOWED, "policyDocument": policy("Allow", "*")}
    async with opened(
        f"{served.ws}/guarded/production?token=hush-1&auth=hush-2", additional_headers={"X-Token": "hush-3"}
    ):
        pass
    functions.awaited("Disconnect", connected(functions))
    functions.doing["Authorize"] = lambda _event: {**ALLOWED, "policyDocument": policy("Deny")}
    await refused(f"{served.ws}/guarded/production?token=hush-4")

    async def told() -> str:
        text = str(await in_thread(served.log.read_text))
        return text if connected(functions) in text and "status=403" in text else ""

    assert "hush-" not in await until_async(told, 60, what="both handshakes in the log")
