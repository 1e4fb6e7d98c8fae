"""Signature Version 4 as a server sees it: what was signed, by which key, and whether the signature is right.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from calendar import timegm
from dataclasses import dataclass
from hashlib import sha256
from time import strptime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from services.gateway.messages import Request

ALGORITHM = "AWS4-HMAC-SHA256"
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_QUERY = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date")


@dataclass(frozen=True)
class Signature:
    """A signature as a request carries it. scope: date, region, service, "aws4_request"; expires: seconds, if said."""

    access_key: str
    scope: tuple[str, ...]
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str
    expires: float | None = None

    @property
    def signed_at(self) -> float | None:
        """Epoch seconds; None when the time is no time."""
        try:
            return float(timegm(strptime(self.timestamp, "%Y%m%dT%H%M%SZ")))
        except ValueError:
            return None


def read(request: "Request") -> Signature | None:
    """The signature in the headers or in the query string; None when there is none, or only a part of one."""
    header = request.by_name.get("authorization", "")
    if header.startswith(ALGORITHM):
        parts = dict(_PART.findall(header))
        if len(parts) < 3:
            return None
        when = request.by_name.get("x-amz-date", "")
        token = request.by_name.get("x-amz-security-token", "")
        return _signature(parts["Credential"], parts["SignedHeaders"], parts["Signature"], when, token)
    query = dict(request.query)
    if not all(query.get(name) for name in _QUERY) or query["X-Amz-Algorithm"] != ALGORITHM:
        return None
    return _signature(
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token", ""),
        query.get("X-Amz-Expires", ""),
    )


def matches(request: "Request", signature: Signature, secret: str) -> bool:
    """Whether the request is the one that this secret signed.

    Signers differ in what they quote again of a query string: as it came, and in the one form that AWS's page gives.
    """
    if len(signature.scope) != 4 or not _is_the_body(request):
        return False
    queries = dict.fromkeys((_as_it_came(request.raw_query), _quoted(request.raw_query)))
    expected = (_expected(request, signature, secret, query) for query in queries)
    found = signature.signature.encode()
    return any(hmac.compare_digest(each.encode(), found) for each in expected)


def _signature(  # noqa: PLR0917 - as they stand in the request
    credential: str, headers: str, signature: str, when: str, token: str, expires: str | None = None
) -> Signature:
    access_key, *scope = credential.split("/")
    return Signature(
        access_key=access_key,
        scope=tuple(scope),
        signed_headers=tuple(headers.lower().split(";")),
        signature=signature,
        timestamp=when,
        token=token,
        expires=float(expires) if expires and expires.isdecimal() else None,
    )


class _Verifier(SigV4Auth):  # type: ignore[misc] # botocore has no types
    """botocore's signer, made to sign what the client says it signed, and nothing else."""

    def __init__(self, secret: str, signature: Signature) -> None:
        super().__init__(Credentials(signature.access_key, secret), signature.scope[2], signature.scope[1])

    def headers_to_sign(self, request: AWSRequest) -> "AWSRequest":
        return request.headers


def _is_the_body(request: "Request") -> bool:
    """Whether the hash that was signed as a header, if one was, is the body's."""
    named = request.by_name.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    return named == "UNSIGNED-PAYLOAD" or named == sha256(request.body).hexdigest()


def _as_it_came(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not part.startswith("X-Amz-Signature="))


def _quoted(query: str) -> str:
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "X-Amz-Signature"]
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)


def _expected(request: "Request", signature: Signature, secret: str, query: str) -> str:
    url = f"http://{request.by_name.get('host', '')}{request.raw_path}" + (f"?{query}" if query else "")
    signed = AWSRequest(request.method, url, data=request.body)
    for name in signature.signed_headers:
        for value in (value for key, value in request.headers if key == name):
            signed.headers[name] = value
    signed.context["timestamp"] = signature.timestamp
    auth = _Verifier(secret, signature)
    return str(auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed))
