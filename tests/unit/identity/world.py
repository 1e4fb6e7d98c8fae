"""The identity box in this process: tables in memory, a clock that is turned by hand, functions that are Python's."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx

from services.identity import tables
from services.identity.app import create_app
from services.identity.box import Box
from services.identity.parts import build
from services.identity.secrets import keys
from services.identity.secrets.keys import SigningKey
from services.identity.secrets.vault import Vault
from services.identity.settings import Settings
from tests.unit.worker.memory_table import MemoryTable

NOON = 1_795_600_000.0
PASSWORD = "Sesame-0pen"
USER_POOLS, IDENTITY_POOLS = "AWSCognitoIdentityProviderService", "AWSCognitoIdentityService"
FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_CUSTOM_AUTH",
]

with ThreadPoolExecutor(4) as _threads:
    _KEYS = list(_threads.map(lambda _: keys.generate(), range(4)))


class Refusal(Exception):
    """An error as the box answered it."""

    def __init__(self, answer: httpx.Response) -> None:
        body = answer.json()
        super().__init__(f"{body['__type']}: {body['message']}")
        assert answer.headers["x-amzn-errortype"] == body["__type"]
        self.status, self.code, self.message = answer.status_code, body["__type"], body["message"]


class Functions:
    """Stands for boto3's Lambda client. A function takes the event and returns it, or raises."""

    def __init__(self) -> None:
        self.by_name: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self.events: list[dict[str, Any]] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        event = json.loads(Payload)
        self.events.append(event)
        try:
            answer = self.by_name[FunctionName](event)
        except ValueError as error:
            problem = {"errorMessage": str(error), "errorType": "ValueError"}
            return {"FunctionError": "Unhandled", "Payload": BytesIO(json.dumps(problem).encode())}
        return {"Payload": BytesIO(json.dumps(answer).encode())}


class Sts:
    """Stands for boto3's STS client: the key says which role it is for."""

    def assume_role(self, RoleArn: str, RoleSessionName: str, DurationSeconds: int) -> dict[str, Any]:
        found = {"AccessKeyId": f"ASIA-{RoleArn}", "SecretAccessKey": RoleSessionName, "SessionToken": "token"}
        until = datetime.fromtimestamp(NOON + DurationSeconds, UTC)
        return {"Credentials": {**found, "Expiration": until}}


@dataclass
class World:
    """One box; now is its clock, turned on by hand."""

    now: float = NOON
    functions: Functions = field(default_factory=Functions)
    tables: dict[str, MemoryTable] = field(
        default_factory=lambda: {name: MemoryTable(*columns) for name, columns in tables.KEYS.items()}
    )

    def __post_init__(self) -> None:
        found: Any = self.tables
        self.box: Box = build(Settings(), found, Vault(b"k" * 32), functions=self.functions, sts=Sts(), clock=self.tick)
        transport = httpx.ASGITransport(app=create_app(self.box))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost:4568")

    def tick(self) -> float:
        """The time; a little later each time, as time is."""
        self.now += 0.001
        return self.now

    async def call(self, operation: str, /, **asked: Any) -> dict[str, Any]:
        """Call an operation as somebody with the account's credentials. Raises Refusal."""
        return await self.post(operation, asked, {"authorization": "AWS4-HMAC-SHA256 x"})

    async def post(self, operation: str, asked: Any, headers: dict[str, str]) -> dict[str, Any]:
        """Call an operation with these headers. Raises Refusal."""
        service = IDENTITY_POOLS if operation in IDENTITY_OPERATIONS else USER_POOLS
        headers = {"x-amz-target": f"{service}.{operation}", "content-type": "application/x-amz-json-1.1", **headers}
        content = asked if isinstance(asked, bytes) else json.dumps(asked)
        answer = await self.http.post("/", content=content, headers=headers)
        if answer.status_code != 200:
            raise Refusal(answer)
        body: dict[str, Any] = answer.json()
        return body

    async def code(self, to: str) -> str:
        """The code in the newest mail to this address."""
        return str((await self.mail(to))[0]["Code"])

    async def mail(self, to: str) -> list[dict[str, Any]]:
        """All mail to this address, the newest first."""
        found: list[dict[str, Any]] = (await self.http.get("/inbox/messages", params={"to": to})).json()["messages"]
        return found

    async def pool(self, **settings: Any) -> "Pool":
        """A user pool that verifies mail addresses, with an app client that may do everything."""
        wanted = {"PoolName": "gamers", "AutoVerifiedAttributes": ["email"], **settings}
        client = wanted.pop("client", {})
        made = (await self.call("CreateUserPool", **wanted))["UserPool"]
        asked = {"UserPoolId": made["Id"], "ClientName": "site", "ExplicitAuthFlows": FLOWS, **client}
        app = (await self.call("CreateUserPoolClient", **asked))["UserPoolClient"]
        return Pool(self, made["Id"], app["ClientId"], app.get("ClientSecret", ""))


@dataclass
class Pool:
    """A user pool and its app client."""

    world: World
    id: str
    client: str
    secret: str

    async def sign_up(self, username: str = "ada", password: str = PASSWORD, **asked: Any) -> dict[str, Any]:
        """SignUp with a mail address made of the name."""
        mail = [{"Name": "email", "Value": f"{username}@example.com"}]
        asked = {"UserAttributes": mail, **asked}
        return await self.world.call("SignUp", ClientId=self.client, Username=username, Password=password, **asked)

    async def confirm(self, username: str = "ada", code: str = "") -> dict[str, Any]:
        """ConfirmSignUp with the code that was mailed, or another."""
        code = code or await self.world.code(f"{username}@example.com")
        return await self.world.call("ConfirmSignUp", ClientId=self.client, Username=username, ConfirmationCode=code)

    async def gamer(self, username: str = "ada") -> None:
        """Somebody who has signed up and confirmed."""
        await self.sign_up(username)
        await self.confirm(username)

    async def sign_in(self, username: str = "ada", password: str = PASSWORD, **asked: Any) -> dict[str, Any]:
        """USER_PASSWORD_AUTH's answer."""
        given = {"USERNAME": username, "PASSWORD": password, **asked.pop("more", {})}
        return await self.world.call(
            "InitiateAuth", ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given, **asked
        )

    async def tokens(self, username: str = "ada", password: str = PASSWORD) -> dict[str, Any]:
        """AuthenticationResult."""
        found: dict[str, Any] = (await self.sign_in(username, password))["AuthenticationResult"]
        return found

    async def refresh(self, token: str) -> dict[str, Any]:
        """REFRESH_TOKEN_AUTH's answer."""
        given = {"REFRESH_TOKEN": token}
        return await self.world.call(
            "InitiateAuth", ClientId=self.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given
        )

    async def user(self, username: str = "ada") -> dict[str, Any]:
        """AdminGetUser's answer."""
        return await self.world.call("AdminGetUser", UserPoolId=self.id, Username=username)


IDENTITY_OPERATIONS = {
    "CreateIdentityPool",
    "SetIdentityPoolRoles",
    "GetIdentityPoolRoles",
    "GetId",
    "GetCredentialsForIdentity",
    "GetOpenIdToken",
    "DescribeIdentity",
    "ListIdentities",
}


def spare_key() -> SigningKey:
    """A key that no pool has."""
    return _KEYS[3]


def made_keys() -> Callable[[], SigningKey]:
    """In place of keys.generate: keys that were made before, which take no time."""
    order = iter(range(10_000))
    return lambda: _KEYS[next(order) % 3]
