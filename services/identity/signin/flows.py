"""InitiateAuth and AdminInitiateAuth: the first step of every sign-in.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
"""

from collections.abc import Awaitable, Callable, Mapping

from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid
from services.identity.pools.pool import Settings
from services.identity.signin import custom, password, refresh
from services.identity.visit import Visit, by_client

Flow = Callable[[Box, Visit], Awaitable[Answer]]

_DEFAULT = ("ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
_FLOWS: Mapping[str, Flow] = {
    "USER_PASSWORD_AUTH": password.by_password,
    "ADMIN_USER_PASSWORD_AUTH": password.by_password,
    "ADMIN_NO_SRP_AUTH": password.by_password,
    "USER_SRP_AUTH": password.begin_srp,
    "REFRESH_TOKEN_AUTH": refresh.by_refresh_token,
    "REFRESH_TOKEN": refresh.by_refresh_token,
    "CUSTOM_AUTH": custom.begin,
}
_ALLOWED_AS = {
    "ADMIN_NO_SRP_AUTH": ("ADMIN_NO_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"),
    "REFRESH_TOKEN": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
}
_REFUSED = {
    "USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH flow not enabled for this client",
    "USER_SRP_AUTH": "USER_SRP_AUTH is not enabled for the client.",
    "CUSTOM_AUTH": "Custom auth lambda trigger is not configured for the user pool.",
}
_ONLY_ADMINISTRATORS = frozenset({"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"})
_ONLY_USERS = frozenset({"USER_PASSWORD_AUTH"})


async def initiate_auth(box: Box, asked: Asked) -> Answer:
    """A challenge, or tokens."""
    if asked["AuthFlow"] in _ONLY_ADMINISTRATORS:
        raise invalid("Initiate Auth method not supported.")
    return await _begin(box, await by_client(box, asked))


async def admin_initiate_auth(box: Box, asked: Asked) -> Answer:
    """The same for who may call with credentials of the account."""
    pool = await box.pools.get(asked["UserPoolId"], fresh=False)
    if asked["AuthFlow"] in _ONLY_USERS:
        raise invalid("Initiate Auth method not supported.")
    return await _begin(box, Visit(pool, pool.client(asked["ClientId"]), asked))


def allowed(client: Settings, flow: str) -> bool:
    """Whether an app client may use a flow."""
    declared = client.get("ExplicitAuthFlows") or _DEFAULT
    return any(name in declared for name in _ALLOWED_AS.get(flow, (f"ALLOW_{flow}",)))


async def _begin(box: Box, visit: Visit) -> Answer:
    flow = visit.asked["AuthFlow"]
    if flow not in _FLOWS:
        raise invalid(f"Unsupported AuthFlow {flow}: docs/cognito.md lists what is reproduced")
    if not allowed(visit.client, flow):
        raise invalid(_REFUSED.get(flow, "Auth flow not enabled for this client"))
    if not visit.asked.get("AuthParameters"):
        raise invalid("Missing required parameter AuthParameters")
    return await _FLOWS[flow](box, visit)


OPERATIONS = {"InitiateAuth": initiate_auth, "AdminInitiateAuth": admin_initiate_auth}
