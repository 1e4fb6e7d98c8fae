"""What web pages sign in with, unchanged but for the endpoint: Amplify v6 and amazon-cognito-identity-js."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.identity_stack import PASSWORD, Identity, running
from tests.npm import installed

pytestmark = pytest.mark.timeout(900)
CLIENTS = Path(__file__).parents[1] / "clients"


@pytest.fixture(scope="module")
def clients() -> Path:
    """The clients and what drives them, in one folder."""
    folder = installed(CLIENTS)
    for script in CLIENTS.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """One box and an emulator."""
    with running(tmp_path_factory.mktemp("identity")) as started:
        yield started


def run(clients: Path, script: str, **given: str) -> dict[str, Any]:
    """What a script saw."""
    environ = {**os.environ, "GIVEN": json.dumps(given), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["node", str(clients / script)], env=environ, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def test_amplify_comes_and_goes(clients: Path, identity: Identity, name: str) -> None:
    """Sign up, confirm, SRP, refresh, credentials of the identity pool, global sign-out, then by password."""
    pool = identity.pool(name)
    api = identity.client("cognito-identity")
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    identities = api.create_identity_pool(
        IdentityPoolName="gamers",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": pool.client}],
    )["IdentityPoolId"]
    role = "arn:aws:iam::000000000000:role/GamersRole"
    api.set_identity_pool_roles(IdentityPoolId=identities, Roles={"authenticated": role})
    seen = run(
        clients,
        "amplify.mjs",
        url=identity.url,
        pool=pool.id,
        client=pool.client,
        identityPool=identities,
        username="ada",
        password=PASSWORD,
    )

    assert seen == {
        "signUp": "CONFIRM_SIGN_UP",
        "wrongCode": "CodeMismatchException",
        "confirmed": True,
        "wrongPassword": "NotAuthorizedException",
        "signedIn": True,
        "user": "ada",
        "email": "ada@example.com",
        "flow": "USER_SRP_AUTH",
        "refreshed": True,
        "sameSession": True,
        "accessKey": "ASIA",
        "identity": True,
        "signedOut": "UserUnAuthenticatedException",
        "password": True,
    }


def test_amazon_cognito_identity_js_comes_and_goes(clients: Path, identity: Identity, name: str) -> None:
    """The library that Alien Attack ships: sign up, confirm, SRP, refresh, global sign-out."""
    pool = identity.pool(name)
    seen = run(
        clients,
        "identity.mjs",
        url=identity.url,
        pool=pool.id,
        client=pool.client,
        username="ada",
        password=PASSWORD,
    )

    assert seen == {
        "signUp": False,
        "wrongCode": "CodeMismatchException",
        "confirmed": "SUCCESS",
        "wrongPassword": "NotAuthorizedException",
        "user": "ada",
        "email": "ada@example.com",
        "refreshed": True,
        "sameSession": True,
        "signedOut": "SUCCESS",
        "afterwards": "NotAuthorizedException",
    }
