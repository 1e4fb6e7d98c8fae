"""The identity box as boto3 and pycognito see it: over HTTP, on real tables, with functions that a worker runs."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import httpx
import jwt
import psutil
import pytest
from botocore.exceptions import ClientError
from pycognito import AWSSRP, Cognito

from bootstrap import cognito as bootstrap
from bootstrap.accounts import UserPoolUsers
from bootstrap.resolve import Place
from cloud import clients
from cloud.wait import until
from labs.declare import (
    IdentityPool,
    IdentityPoolRoleAttachment,
    UserPool,
    UserPoolClient,
    UserPoolGroup,
    UserPoolUser,
)
from services.identity.secrets import keys
from services.identity.secrets.passwords import N, P, R, _scrypt
from tests.contract.identity_stack import FLOWS, PASSWORD, VARIABLES, Identity, Pool, running
from tests.contract.worker_stack import ROLE

ARN = "arn:aws:lambda:us-east-1:000000000000:function:{}"
CODE = """
import json, os, time
import boto3

def into_players(event, context):
    group = {"UserPoolId": event["userPoolId"], "Username": event["userName"], "GroupName": "Players"}
    boto3.client("cognito-idp").admin_add_user_to_group(**group)
    return event

def refuse(event, context):
    raise Exception("no " + event["userName"])

def hang(event, context):
    time.sleep(60)
    return event
"""


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """One box, an emulator, and a worker whose functions reach them."""
    with running(tmp_path_factory.mktemp("identity"), worker=True) as started:
        yield started


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """Name and text of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_gamer_comes_and_goes(identity: Identity, name: str) -> None:
    """boto3: sign up, wrong code, right code, sign in, verify, refresh, sign out."""
    pool = identity.pool(name)
    pool.sign_up()
    right = identity.code("ada@example.com")
    wrong = "000000" if right != "000000" else "111111"
    asked = {"ClientId": pool.client, "Username": "ada"}
    assert refused(lambda: pool.cognito.confirm_sign_up(**asked, ConfirmationCode=wrong))[0] == "CodeMismatchException"
    pool.confirm()
    tokens = pool.sign_in()
    keys_url = f"{identity.url}/{pool.id}/.well-known/jwks.json"
    found = jwt.PyJWKSet.from_dict(httpx.get(keys_url, timeout=30).json())
    key = found[jwt.get_unverified_header(tokens["IdToken"])["kid"]]
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    claims = jwt.decode(tokens["IdToken"], key, algorithms=["RS256"], audience=pool.client, issuer=issuer)

    assert (claims["cognito:username"], claims["email_verified"]) == ("ada", True)
    refreshed = pool.cognito.initiate_auth(
        ClientId=pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    assert "RefreshToken" not in refreshed
    pool.cognito.global_sign_out(AccessToken=refreshed["AccessToken"])
    gone = ("NotAuthorizedException", "Access Token has been revoked")
    assert refused(lambda: pool.cognito.get_user(AccessToken=tokens["AccessToken"])) == gone


def test_pycognito_comes_and_goes(identity: Identity, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real SRP by other people's client, unchanged: register, confirm, sign in, verify, renew, change, sign out."""
    pool = identity.pool(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", identity.url)
    client = Cognito(pool.id, pool.client, username="ada")
    client.pool_jwk = httpx.get(f"{identity.url}/{pool.id}/.well-known/jwks.json", timeout=30).json()
    client.set_base_attributes(email="ada@example.com")
    client.register("ada", PASSWORD)
    client.confirm_sign_up(identity.code("ada@example.com"), "ada")
    with pytest.raises(client.client.exceptions.NotAuthorizedException):
        client.authenticate("Wrong-0ne")
    client.authenticate(PASSWORD)
    client.verify_tokens()
    client.renew_access_token()
    client.verify_tokens()
    client.change_password(PASSWORD, "Another-1")
    client.authenticate("Another-1")

    assert client.get_user().email == "ada@example.com"
    access, refresh = client.access_token, client.refresh_token
    client.logout()
    gone = {"REFRESH_TOKEN": refresh}
    again = {"ClientId": pool.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": gone}
    assert refused(lambda: pool.cognito.initiate_auth(**again))[0] == "NotAuthorizedException"
    assert refused(lambda: pool.cognito.get_user(AccessToken=access))[0] == "NotAuthorizedException"
    client.client.close()


def test_pycognito_sets_a_new_password_with_a_secret(identity: Identity, name: str) -> None:
    """NEW_PASSWORD_REQUIRED by SRP, SECRET_HASH in every step."""
    pool = identity.pool(name, client={"GenerateSecret": True})
    made = {"UserPoolId": pool.id, "Username": "bob", "TemporaryPassword": "Temporary-1", "MessageAction": "SUPPRESS"}
    pool.cognito.admin_create_user(**made)
    srp = AWSSRP("bob", "Temporary-1", pool.id, pool.client, client=pool.cognito, client_secret=pool.secret)
    answer = srp.set_new_password_challenge(PASSWORD)

    assert answer["AuthenticationResult"]["IdToken"]
    with_new = AWSSRP("bob", PASSWORD, pool.id, pool.client, client=pool.cognito, client_secret=pool.secret)
    assert with_new.authenticate_user()["AuthenticationResult"]["IdToken"]
    without = AWSSRP("bob", PASSWORD, pool.id, pool.client, client=pool.cognito)
    assert refused(without.authenticate_user)[1].endswith("SECRET_HASH was not received")


def test_errors_have_aws_s_names_and_texts(identity: Identity, name: str) -> None:
    """One of each over HTTP, as boto3's exception classes know them."""
    pool = identity.pool(name, AliasAttributes=["email"])
    cognito, whom = pool.cognito, {"ClientId": pool.client, "Username": "ada"}
    pool.sign_up()
    found = [
        refused(pool.sign_up),
        refused(lambda: pool.sign_up("bob", "short")),
        refused(pool.sign_in),
        refused(lambda: pool.sign_in(password="Wrong-0ne")),
        refused(lambda: pool.sign_in("nobody")),
        refused(lambda: cognito.sign_up(ClientId="none", Username="x", Password=PASSWORD)),
        refused(
            lambda: cognito.sign_up(
                ClientId=pool.client,
                Username="y",
                Password=PASSWORD,
                UserAttributes=[{"Name": "custom:none", "Value": "1"}],
            )
        ),
    ]
    pool.confirm()
    found += [
        refused(lambda: cognito.confirm_sign_up(**whom, ConfirmationCode="123456")),
        refused(lambda: cognito.initiate_auth(ClientId=pool.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"A": "b"})),
    ]
    cognito.admin_reset_user_password(UserPoolId=pool.id, Username="ada")
    found.append(refused(pool.sign_in))
    code = identity.code("ada@example.com")
    cognito.confirm_forgot_password(**whom, ConfirmationCode=code, Password=PASSWORD)
    found.append(refused(lambda: cognito.confirm_forgot_password(**whom, ConfirmationCode=code, Password=PASSWORD)))
    cognito.admin_disable_user(UserPoolId=pool.id, Username="ada")
    found.append(refused(pool.sign_in))
    policy = "Password did not conform with policy: Password not long enough"
    unknown = "Attributes did not conform to the schema: Type for attribute {custom:none} could not be determined"

    assert found == [
        ("UsernameExistsException", "User already exists"),
        ("InvalidPasswordException", policy),
        ("UserNotConfirmedException", "User is not confirmed."),
        ("NotAuthorizedException", "Incorrect username or password."),
        ("UserNotFoundException", "User does not exist."),
        ("ResourceNotFoundException", "User pool client none does not exist."),
        ("InvalidParameterException", unknown),
        ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"),
        ("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool."),
        ("PasswordResetRequiredException", "Password reset required for the user"),
        ("ExpiredCodeException", "Invalid code provided, please request a code again."),
        ("NotAuthorizedException", "User is disabled."),
    ]


def test_replicas_are_one_and_restarts_forget_nothing(identity: Identity, name: str) -> None:
    """One step on each of two; then kill -9, and tokens, sessions and passwords are what they were."""
    identity.replica()
    first, second = identity.client(replica=0), identity.client(replica=1)
    try:
        pool = identity.pool(name)
        pool.sign_up()
        code = identity.code("ada@example.com")
        second.confirm_sign_up(ClientId=pool.client, Username="ada", ConfirmationCode=code)
        srp = AWSSRP("ada", PASSWORD, pool.id, pool.client, client=first)
        begun = {"ClientId": pool.client, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": srp.get_auth_params()}
        parameters = first.initiate_auth(**begun)["ChallengeParameters"]
        responses = srp.process_challenge(parameters, srp.get_auth_params())
        answer = {"ClientId": pool.client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses}
        tokens = second.respond_to_auth_challenge(**answer)["AuthenticationResult"]
        assert refused(lambda: first.respond_to_auth_challenge(**answer))[1] == "Invalid session for the user."
        published = httpx.get(f"{identity.url}/{pool.id}/.well-known/jwks.json", timeout=30).json()
        identity.replicas[0].kill()
        identity.replicas[0].start()

        assert httpx.get(f"{identity.url}/{pool.id}/.well-known/jwks.json", timeout=30).json() == published
        assert first.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
        second.revoke_token(ClientId=pool.client, Token=tokens["RefreshToken"])
        assert refused(lambda: first.get_user(AccessToken=tokens["AccessToken"]))[0] == "NotAuthorizedException"
        assert pool.sign_in(cognito=first)["IdToken"]
    finally:
        identity.replicas.pop().end()


@pytest.mark.timeout(900)  # where ten others want the same two processors
def test_two_hundred_gamers_sign_in_at_once(identity: Identity, name: str, record_property: Any) -> None:
    """None fails; what it takes is told as a multiple of the bare hashes and signatures on the same processors."""
    pool = identity.pool(name)
    cognito = identity.client(pool=200)
    names = [f"gamer-{number}" for number in range(200)]

    def sign_up(username: str) -> None:
        cognito.sign_up(ClientId=pool.client, Username=username, Password=PASSWORD)
        cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username=username)

    with ThreadPoolExecutor(32) as threads:
        list(threads.map(sign_up, names))
    bare = bare_cost(100)
    with ThreadPoolExecutor(200) as threads:
        began = time.monotonic()
        answers = list(threads.map(lambda username: pool.sign_in(username, cognito=cognito), names))
        taken = time.monotonic() - began
    bare += bare_cost(100)  # half before, half after: this machine may be busy with other things
    ratio = f"{taken:.1f} s, {taken / bare:.1f} times the bare {bare:.1f} s"
    record_property("two hundred sign-ins", ratio)

    assert {claims(answer)["cognito:username"] for answer in answers} == set(names)


def bare_cost(times: int) -> float:
    """Seconds that so many hashes and pairs of signatures take, on all processors, with nothing around them."""
    key = keys.generate()

    def once(number: int) -> None:
        _scrypt(PASSWORD, number.to_bytes(16, "big"), N, R, P)
        key.sign({"n": number})
        key.sign({"n": -number})

    with ThreadPoolExecutor() as threads:
        began = time.monotonic()
        list(threads.map(once, range(times)))
        return time.monotonic() - began


def claims(tokens: dict[str, str]) -> dict[str, Any]:
    """The ID token's, unverified."""
    return dict(jwt.decode(tokens["IdToken"], options={"verify_signature": False}))


def test_the_time_tells_nobody_who_is_there(identity: Identity, name: str) -> None:
    """With existence hidden, a wrong password costs the box as much as a wrong name, in processor time."""
    pool = identity.pool(name, client={"PreventUserExistenceErrors": "ENABLED"})
    there = [f"there-{number}" for number in range(9)]
    for username in there:
        pool.cognito.sign_up(ClientId=pool.client, Username=username, Password=PASSWORD)
        pool.cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username=username)

    box = identity.replicas[0].child
    assert box
    process = psutil.Process(box.pid)

    def spent() -> float:
        times = process.cpu_times()
        return times.user + times.system

    def cost(username: str) -> float:
        before = spent()
        error = refused(lambda: pool.sign_in(username, "Wrong-0ne"))
        assert error == ("NotAuthorizedException", "Incorrect username or password.")
        return spent() - before

    pairs = [(cost(username), cost(f"not-{username}")) for username in there]
    somebody, nobody = (sum(costs) for costs in zip(*pairs, strict=True))

    assert 0.5 < somebody / nobody < 2


def test_a_function_puts_new_gamers_into_players(identity: Identity, name: str, tmp_path: Path) -> None:
    """PostConfirmation, run by the worker, for who confirms and for whom an administrator confirms."""
    (tmp_path / "app.py").write_text(CODE)
    function = deploy(identity, name, tmp_path, "into_players", Timeout=20)
    pool = identity.pool(name, LambdaConfig={"PostConfirmation": function})
    pool.cognito.create_group(UserPoolId=pool.id, GroupName="Players", Precedence=9999)
    pool.gamer()
    pool.sign_up("bob")
    pool.cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="bob")

    members = pool.cognito.list_users_in_group(UserPoolId=pool.id, GroupName="Players")["Users"]
    assert {user["Username"] for user in members} == {"ada", "bob"}
    assert claims(pool.sign_in())["cognito:groups"] == ["Players"]


def test_a_function_can_refuse_or_hang(identity: Identity, name: str, tmp_path: Path) -> None:
    """Its words are passed on; five seconds later a caller hears that it does not answer, while others go on."""
    (tmp_path / "app.py").write_text(CODE)
    refusing = deploy(identity, f"{name}-refuse", tmp_path, "refuse")
    pool = identity.pool(name, LambdaConfig={"PreSignUp": refusing})
    expected = ("UserLambdaValidationException", "PreSignUp failed with error no ada.")
    assert refused(pool.sign_up) == expected
    gone = refusing.replace(f"{name}-refuse", "gone")
    pool = identity.pool(name, LambdaConfig={"PreSignUp": gone})
    assert refused(pool.sign_up)[0] == "UnexpectedLambdaException"


def test_an_identity_pool_gives_the_emulator_s_credentials(identity: Identity, name: str) -> None:
    """STS knows whose they are: the role that the token's group brings along."""
    pool = identity.pool(name)
    pool.gamer()
    role = "arn:aws:iam::000000000000:role/ManagersRole"
    pool.cognito.create_group(UserPoolId=pool.id, GroupName="Managers", RoleArn=role, Precedence=0)
    pool.cognito.admin_add_user_to_group(UserPoolId=pool.id, Username="ada", GroupName="Managers")
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    api = identity.client("cognito-identity")
    made = api.create_identity_pool(
        IdentityPoolName=re.sub(r"\W", "_", name),
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": pool.client}],
    )["IdentityPoolId"]
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    mappings = {f"{provider}:{pool.client}": mapping}
    api.set_identity_pool_roles(IdentityPoolId=made, Roles={}, RoleMappings=mappings)
    logins = {provider: pool.sign_in()["IdToken"]}
    who = api.get_id(IdentityPoolId=made, Logins=logins)["IdentityId"]
    found = api.get_credentials_for_identity(IdentityId=who, Logins=logins)["Credentials"]
    sts = boto3.client(
        "sts",
        endpoint_url=f"http://127.0.0.1:{identity.stack.emulator_port}",
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretKey"],
        aws_session_token=found["SessionToken"],
    )
    arn = sts.get_caller_identity()["Arn"]
    sts.close()

    assert found["AccessKeyId"].startswith("ASIA")
    assert arn.endswith("assumed-role/ManagersRole/CognitoIdentityCredentials")
    nobody = refused(lambda: api.get_id(IdentityPoolId=made))
    assert nobody == ("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
    forged = {provider: logins[provider][:-6] + "AAAAAA"}
    assert refused(lambda: api.get_id(IdentityPoolId=made, Logins=forged))[0] == "NotAuthorizedException"
    pool.cognito.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")
    again = refused(lambda: api.get_credentials_for_identity(IdentityId=who, Logins=logins))
    assert again[0] == "NotAuthorizedException"


def test_a_foreign_page_cannot_call_it(identity: Identity) -> None:
    """403 to another origin, the inbox too; a page of this machine is let in and told so."""
    with httpx.Client(base_url=identity.url, timeout=30) as http:
        evil = {"origin": "https://evil.example"}
        page = {"origin": "http://localhost:8080"}
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "x-amz-target"}

        assert http.post("/", headers=evil).status_code == 403
        assert http.get("/inbox/messages", headers=evil).status_code == 403
        assert http.get("/inbox", headers={"host": "evil.example"}).status_code == 403
        preflight = http.options("/", headers=page | asked)
        assert preflight.headers["access-control-allow-origin"] == page["origin"]
        assert "x-amz-target" in preflight.headers["access-control-allow-headers"]
        exposed = http.post("/", headers=page).headers["access-control-expose-headers"]
        assert {"x-amzn-requestid", "x-amzn-errortype"} <= set(exposed.split(", "))


def test_no_secret_reaches_a_log_or_a_table(identity: Identity, name: str) -> None:
    """Neither passwords nor codes nor tokens; the tables hold hashes, the mail alone holds its code."""
    pool = identity.pool(name)
    pool.sign_up("carol", "Unmistakable-1")
    code = identity.code("carol@example.com")
    pool.confirm("carol")
    tokens = pool.sign_in("carol", "Unmistakable-1")
    refused(lambda: pool.sign_in("carol", "Unmistakable-2"))
    dynamodb = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{identity.stack.emulator_port}")
    stored = "".join(
        str(dynamodb.scan(TableName=table)["Items"])
        for table in dynamodb.list_tables()["TableNames"]
        if table.startswith("Fogbank") and table != "FogbankMail"
    )
    dynamodb.close()
    log = identity.log()

    assert "refused" in log
    for secret in ("Unmistakable", *(token for token in tokens.values() if isinstance(token, str) and len(token) > 9)):
        assert secret not in log
        assert secret not in stored
    assert f"'{code}'" not in stored
    assert code not in log
    assert oct((identity.home / "identity.key").stat().st_mode)[-3:] == "600"


def deploy(identity: Identity, name: str, folder: Path, handler: str, **settings: Any) -> str:
    """Create a function that runs from the folder; its ARN."""
    asked = {"Handler": f"app.{handler}", "Runtime": "python3.13", "Role": ROLE, "Timeout": 5, **settings}
    code = {"S3Bucket": "hot-reload", "S3Key": str(folder)}
    made = identity.stack.api.create_function(FunctionName=name, Code=code, **asked)
    until(lambda: identity.stack.api.get_function(FunctionName=name)["Configuration"]["State"] == "Active", 60)
    # The box gives a function five seconds, as AWS does; to start an environment takes a busy machine longer.
    identity.stack.api.invoke(FunctionName=name, Payload=b"{}")
    return str(made["FunctionArn"])


def test_what_a_lab_declares_is_created_and_found_again(
    identity: Identity, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bootstrap's kinds: pool with functions, group with a role, identity pool with roles and mappings, an account."""
    for variable in VARIABLES:
        monkeypatch.setenv(variable, identity.url)
    clients.client.cache_clear()
    place = Place("us-east-1")
    pool = UserPool("P", name, AutoVerifiedAttributes=("email",), LambdaConfig={"PostConfirmation": ARN.format("f")})
    made = put_twice(bootstrap.UserPools(place), pool)
    app = UserPoolClient("C", "site", made["Ref"], ExplicitAuthFlows=tuple(FLOWS))
    client = put_twice(bootstrap.UserPoolClients(), app)
    group = UserPoolGroup("G", "Players", made["Ref"], Precedence=3, RoleArn=ARN.format("r"))
    put_twice(bootstrap.UserPoolGroups(), group)
    provider = {"ProviderName": made["ProviderName"], "ClientId": client["Ref"]}
    declared = IdentityPool("I", re.sub(r"\W", "_", name), CognitoIdentityProviders=(provider,))
    identities = put_twice(bootstrap.IdentityPools(), declared)
    rule = {"Claim": "cognito:preferred_role", "MatchType": "Contains", "Value": "r", "RoleARN": ARN.format("r")}
    mapping = {
        "IdentityProvider": f"{made['ProviderName']}:{client['Ref']}",
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {"Rules": (rule,)},
    }
    roles = {"authenticated": ARN.format("r")}
    put_twice(
        bootstrap.IdentityPoolRoleAttachments(),
        IdentityPoolRoleAttachment("R", identities["Ref"], Roles=roles, RoleMappings={"site": mapping}),
    )
    user = UserPoolUser("U", "ada", made["Ref"], UserAttributes={"email": "ada@example.com"}, Groups=("Players",))
    put_twice(UserPoolUsers(lambda _: PASSWORD), user)

    tokens = Pool(identity, identity.client(), made["Ref"], client["Ref"], "").sign_in()
    assert claims(tokens)["cognito:preferred_role"] == ARN.format("r")


def put_twice(kind: Any, resource: Any) -> Any:
    """Create what is missing; found again it is as declared."""
    assert kind.find(resource) is None
    attributes = kind.put(resource, None)
    found = kind.find(resource)

    assert (found.attributes, found.differences) == (attributes, ())
    return attributes
