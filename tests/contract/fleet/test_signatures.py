"""The pages' signatures are botocore's."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SIGN = """async ([call, now]) => {
    const { signed } = await import('/lib/sigv4.js');
    return signed({ ...call, now: new Date(now) });
}"""
CALLS = [
    {"service": "kinesis", "region": "us-east-1", "url": "http://127.0.0.1:4566/", "body": "{}"},
    {
        "service": "sqs",
        "region": "eu-west-1",
        "url": "https://sqs.eu-west-1.amazonaws.com/",
        "body": '{"Name":"Noël 🦄"}',
    },
    {"service": "cognito-identity", "region": "us-east-1", "url": "http://localhost:8080/a-path/", "body": ""},
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call["service"]))
@pytest.mark.parametrize("token", ["", "a/session+token=="])
def test_a_page_signs_as_botocore_does(
    page: Page, call: dict[str, Any], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same request, keys and time give the same Authorization header, with and without a session token."""
    page.goto("/wild-rydes/inbox/")
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202.GetRecords"}
    keys = {
        "accessKeyId": "AKIDEXAMPLE",
        "secretKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "sessionToken": token,
    }
    ours = page.evaluate(SIGN, [{**call, "headers": headers, "credentials": keys}, "2026-11-25T12:34:56.789Z"])

    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: datetime(2026, 11, 25, 12, 34, 56, tzinfo=UTC))
    request = AWSRequest("POST", call["url"], headers=headers, data=call["body"].encode())
    credentials = Credentials(keys["accessKeyId"], keys["secretKey"], token or None)
    SigV4Auth(credentials, call["service"], call["region"]).add_auth(request)

    assert ours["authorization"] == request.headers["Authorization"]
    assert ours.get("x-amz-security-token", "") == token
