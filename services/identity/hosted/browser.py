"""What happens between a browser and the sign-in page: the form, the cookie that remembers, the way back.

https://docs.aws.amazon.com/cognito/latest/developerguide/login-endpoint.html
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from cloud.errors import AwsError
from services.identity.box import Box
from services.identity.errors import not_authorized
from services.identity.hosted import authorize, pages, token
from services.identity.hosted.authorize import Refused, Request
from services.identity.secrets.vault import Sealed
from services.identity.signin import outcome, password, tokens
from services.identity.users.user import CONFIRMED, TOTP, User
from services.identity.visit import Visit

COOKIE = "cognito"
SECONDS = 3600
"""How long a browser is remembered."""


@dataclass(frozen=True)
class Reply:
    """What the browser gets: a redirect to location, or a page. returns_to: where the page's form may lead on to.

    cookie: to be kept by the browser, "" for none.
    """

    location: str = ""
    page: str = ""
    status: int = 200
    returns_to: str = ""
    cookie: str = ""


async def form(box: Box, asked: Request, error: str = "", username: str = "") -> Reply:
    """The sign-in form for a request."""
    pool = await box.pools.get(asked.pool, fresh=False)
    page = pages.sign_in(str(pool.settings["Name"]), authorize.sealed(box, asked), error, username)
    return Reply(page=page, status=400 if error else 200, returns_to=asked.redirect_uri)


async def sign_in(box: Box, given: Mapping[str, str]) -> Reply:
    """The form, filled in: the way back with a code, or the form again with what was wrong."""
    asked = authorize.opened(box, given.get("request", ""))
    pool = await box.pools.get(asked.pool, fresh=False)
    visit, typed = Visit(pool, pool.client(asked.client_id), {}), given.get("username", "")
    try:
        user = await password.checked(box, visit, typed, given.get("password", ""))
        outcome.check(box, user)
        if user.status != CONFIRMED or TOTP in user.mfa:
            raise not_authorized("This account needs a further step, which only an application can take.")
    except AwsError as error:
        return await form(box, asked, error.message, typed)
    content = {"pool": pool.id, "user": user.key, "sub": user.sub, "began": box.clock()}
    cookie = base64.urlsafe_b64encode(box.vault.seal("browser", content)).decode()
    return await sent_back(box, asked, user, cookie)


async def remembered(box: Box, asked: Request, cookie: str) -> User | None:
    """Who has signed in to this pool in this browser within the last hour, and not out since."""
    try:
        found = box.vault.open("browser", base64.urlsafe_b64decode(cookie))
    except (Sealed, binascii.Error, ValueError):
        return None
    if found["pool"] != asked.pool or box.clock() > found["began"] + SECONDS:
        return None
    user = await box.users.by_key(await box.pools.get(asked.pool, fresh=False), found["user"])
    alive = user is not None and user.sub == found["sub"] and user.enabled and found["began"] >= user.signed_out
    return user if alive else None


async def sent_back(box: Box, asked: Request, user: User, cookie: str = "") -> Reply:
    """The redirect to the application, with a code or with tokens."""
    if asked.response_type == "code":
        location = asked.back({"code": authorize.code(box, asked, user)})
    else:
        pool = await box.pools.get(asked.pool, fresh=False)
        visit = Visit(pool, pool.client(asked.client_id), {})
        result = await tokens.signed_in(box, visit, user, source=token.SOURCE, scope=asked.scope, nonce=asked.nonce)
        shown = {name: str(value) for name, value in token.answer(result, asked.scope).items()}
        shown.pop("refresh_token", None)
        location = asked.back(shown)
    return Reply(location, cookie=cookie)


async def after_logout(box: Box, query: Mapping[str, str]) -> str:
    """Where the browser goes after signing out. Raises AwsError, Refused."""
    pool = await box.pools.of_client(query.get("client_id", ""))
    client = pool.client(query["client_id"])
    if (to := query.get("logout_uri", "")) and to in (client.get("LogoutURLs") or ()):
        return to
    if not to and query.get("redirect_uri"):
        await authorize.parse(box, query)
        return f"{box.url}/login?{urlencode(dict(query))}"
    raise Refused("invalid_request", "logout_uri is not one of the client's LogoutURLs")
