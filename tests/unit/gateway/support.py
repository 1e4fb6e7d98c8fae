"""A gateway without a network: documents, tokens and canned replies for the tests of its pipeline."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from services.gateway.cache import CacheSettings, ResponseCache
from services.gateway.document import compile_api
from services.gateway.exchange import Ids
from services.gateway.iam import Credential
from services.gateway.integration.aws import Protocol
from services.gateway.keys import KeyRing
from services.gateway.messages import (
    Call,
    FetchKeys,
    FindCredential,
    Reply,
    Request,
    Response,
    TakeQuota,
    TakeToken,
)
from services.gateway.pipeline import Deployment, Pipeline
from services.gateway.routes import split

NOW = 1_795_000_000.0
POOL = "us-east-1_Gamers"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
POOL_ARN = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"
IDS = Ids("11111111-2222-4333-8444-555555555555", "0123456789abcde=", "a" * 24)

COGNITO = {
    "Gamers": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL_ARN]},
    }
}
MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}}}  # fmt: skip


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@lru_cache(maxsize=4)
def private_key(name: str = "pool") -> rsa.RSAPrivateKey:
    """A signing key, made once per name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(name: str = "pool") -> bytes:
    """The public half, as an attacker would use it for HS256."""
    return (
        private_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwks(**kids: str) -> bytes:
    """A JWKS document: kid -> name of the key."""
    keys = [{**RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True), "kid": kid, "alg": "RS256"}
            for kid, name in kids.items()]  # fmt: skip
    return json.dumps({"keys": keys}).encode()


def token(key: str = "pool", kid: str = "kid-1", **claims: Any) -> str:
    """An ID token of gamer ada, signed by one of our keys; claims override."""
    payload = {
        "iss": ISSUER, "sub": "sub-1", "aud": "client-1", "token_use": "id", "cognito:username": "ada",
        "cognito:groups": ["Players", "Testers"], "email_verified": True, "auth_time": int(NOW), "iat": int(NOW),
        "exp": int(NOW) + 3600, **claims,
    }  # fmt: skip
    signed = jwt.PyJWS().encode(json.dumps(payload).encode(), private_key(key), "RS256", headers={"kid": kid})
    return str(signed)


def protocols(service: str) -> Protocol:
    """How the services of the tests are spoken to."""
    return {
        "kinesis": Protocol("Kinesis_20131202", "1.1"),
        "dynamodb": Protocol("DynamoDB_20120810", "1.0"),
        "ssm": Protocol("AmazonSSM", "1.1"),
        "sqs": Protocol(None, query=True),
    }.get(service, Protocol(None))


def document(paths: Mapping[str, Any], **extra: Any) -> dict[str, Any]:
    """An OpenAPI document around some paths."""
    components = {"securitySchemes": COGNITO, **extra.pop("components", {})}
    return {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": components,
        **extra,
    }


def method(integration: Mapping[str, Any] = MOCK, **operation: Any) -> dict[str, Any]:
    """An operation with an integration."""
    return {"responses": {}, "x-amazon-apigateway-integration": integration, **operation}


class Gateway:
    """The pipeline over one document; calls are answered by a function and remembered in `calls`."""

    def __init__(
        self,
        api_document: Mapping[str, Any],
        answer: Callable[[Any], Reply] = lambda _call: Reply(200, {}, b"{}"),
        variables: Mapping[str, str] | None = None,
        cached: Mapping[tuple[str, str], CacheSettings] | None = None,
        **deployed: Any,
    ) -> None:
        self.clock = Clock()
        self.ring = KeyRing(self.clock)
        self.jwks: bytes | None = jwks(**{"kid-1": "pool"})
        self.answer = answer
        self.calls: list[Any] = []
        self.credentials: dict[str, Credential] = {}
        self.used: dict[tuple[str, str], int] = {}
        self.fetches = 0
        api = compile_api("shop", api_document, protocols)
        self.deployment = Deployment(api, "dev", lambda: variables or {}, cached or {}, **deployed)
        self.pipeline = Pipeline(self.ring, ResponseCache(self.clock), self.clock, lambda: IDS)

    def send(self, verb: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Response:
        """One request through the pipeline."""
        raw, _, query = path.partition("?")
        request = Request(
            api="shop", stage="dev", method=verb, path=unquote(raw), segments=[unquote(s) for s in split(raw)],
            headers=[("host", "localhost:8000"), *((n.lower(), v) for n, v in (headers or {}).items())],
            query=parse_qsl(query, keep_blank_values=True), body=body.encode() if isinstance(body, str) else body,
        )  # fmt: skip
        flow = self.pipeline.run(self.deployment, self.pipeline.begin(self.deployment, request))
        try:
            call = next(flow)
            while True:
                call = self._step(flow, call)
        except StopIteration as done:
            response: Response = done.value
            return response

    def _step(self, flow: Any, call: Call) -> Call:
        try:
            outcome = self._perform(call)
        except Exception as error:
            next_call: Call = flow.throw(error)
        else:
            next_call = flow.send(outcome)
        return next_call

    def _perform(self, call: Call) -> Any:
        if isinstance(call, FetchKeys):
            self.fetches += 1
            if self.jwks is not None:
                self.ring.replace(call.issuer, self.jwks)
            self.ring.settle(call.issuer)
            return None
        if isinstance(call, FindCredential):
            return self.credentials.get(call.access_key)
        if isinstance(call, TakeToken):
            return self.pipeline.admissions.throttle.take_here(call.name, call.limit, call.now)
        if isinstance(call, TakeQuota):
            return self._quota(call)
        self.calls.append(call)
        return self.answer(call)

    def _quota(self, call: TakeQuota) -> bool:
        """A store that hands out one request at a time."""
        used = self.used.get(call.name, 0)
        self.used[call.name] = used + 1
        return used < call.quota.limit


def header(response: Response, name: str) -> str | None:
    """A response's header, whatever its case."""
    return next((value for key, value in response.headers if key.lower() == name.lower()), None)
