"""The paths of a user pool's domain, and its keys.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html
"""

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from cloud.errors import AwsError
from services.identity.box import Box
from services.identity.hosted import authorize, browser, pages, token
from services.identity.hosted.authorize import Refused
from services.identity.signin import refresh
from services.identity.users import access, sign_up

_LARGEST = 20_000  # bytes of a form


def routes(box: Box) -> APIRouter:
    """All of them."""
    router = APIRouter(include_in_schema=False)
    router.include_router(pages.routes())
    _add_discovery(router, box)
    _add_pages(router, box)
    _add_oauth(router, box)
    return router


def _add_discovery(router: APIRouter, box: Box) -> None:
    @router.get("/{pool_id}/.well-known/jwks.json")
    async def jwks(pool_id: str) -> Response:
        try:
            if ":" in pool_id:
                keys = [box.identities.key(await box.identities.pool(pool_id))]
            else:
                keys = list(box.pools.keys(await box.pools.get(pool_id, fresh=False)).values())
        except AwsError as error:
            return JSONResponse({"message": error.message}, 404)
        return JSONResponse({"keys": [key.jwk() for key in keys]})

    @router.get("/{pool_id}/.well-known/openid-configuration")
    async def openid_configuration(pool_id: str) -> Response:
        try:
            pool = await box.pools.get(pool_id, fresh=False)
        except AwsError as error:
            return JSONResponse({"message": error.message}, 404)
        return JSONResponse(_configuration(box.url, pool.id, pool.issuer))


def _add_pages(router: APIRouter, box: Box) -> None:
    @router.get("/oauth2/authorize")
    @router.get("/login")
    async def ask(request: Request) -> Response:
        try:
            asked = await authorize.parse(box, request.query_params)
            user = await browser.remembered(box, asked, request.cookies.get(browser.COOKIE, ""))
            if user is not None and request.url.path != "/login":
                return _shown(await browser.sent_back(box, asked, user))
            return _shown(await browser.form(box, asked))
        except (AwsError, Refused) as error:
            return _refusal(error)

    @router.post("/login")
    async def sign_in(request: Request) -> Response:
        try:
            return _shown(await browser.sign_in(box, await _form(request)))
        except Refused as error:
            return _refusal(error)

    @router.get("/logout")
    async def logout(request: Request) -> Response:
        try:
            location = await browser.after_logout(box, request.query_params)
        except (AwsError, Refused) as error:
            return _refusal(error)
        response = RedirectResponse(location, 302)
        response.delete_cookie(browser.COOKIE)
        return response

    @router.get("/confirmUser")
    async def confirm_user(client_id: str, user_name: str, confirmation_code: str) -> Response:
        asked = {"ClientId": client_id, "Username": user_name, "ConfirmationCode": confirmation_code}
        try:
            await sign_up.confirm_by_link(box, asked)
        except AwsError as error:
            return pages.response(pages.message("Not confirmed", error.message), error.status)
        return pages.response(pages.message("Confirmed", "Your registration has been confirmed!"))


def _add_oauth(router: APIRouter, box: Box) -> None:
    @router.post("/oauth2/token")
    async def exchange(request: Request) -> Response:
        try:
            answer = await token.granted(box, await _form(request), request.headers.get("authorization", ""))
        except (AwsError, Refused) as error:
            return _oauth_error(error)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    @router.post("/oauth2/revoke")
    async def revoke(request: Request) -> Response:
        try:
            form = await _form(request)
            _, client = await token.client_of(box, form, request.headers.get("authorization", ""))
            secret = client.get("ClientSecret")
            asked = {"ClientId": client["ClientId"], "ClientSecret": secret, "Token": form.get("token", "")}
            await refresh.revoke_token(box, asked)
        except (AwsError, Refused) as error:
            return _oauth_error(error)
        return Response(status_code=200)

    @router.get("/oauth2/userInfo")
    @router.post("/oauth2/userInfo")
    async def user_info(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        try:
            bearer = await access.bearer(box, given, "openid")
        except AwsError as error:
            return JSONResponse({"error": "invalid_token", "error_description": error.message}, 401)
        return JSONResponse({**bearer.user.all_attributes(), "username": bearer.user.username})


def _shown(reply: browser.Reply) -> Response:
    if not reply.location:
        return pages.response(reply.page, reply.status, reply.returns_to)
    response = RedirectResponse(reply.location, 302)
    if reply.cookie:
        response.set_cookie(browser.COOKIE, reply.cookie, browser.SECONDS, httponly=True, samesite="lax")
    return response


def _refusal(error: AwsError | Refused) -> Response:
    if isinstance(error, Refused) and error.location:
        return RedirectResponse(error.location, 302)
    return pages.response(pages.message("An error was encountered with the requested page", str(error)), 400)


def _oauth_error(error: AwsError | Refused) -> Response:
    name = error.error if isinstance(error, Refused) else "invalid_request"
    return JSONResponse({"error": name}, 401 if name == "invalid_client" else 400)


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise Refused("invalid_request", "The form is too large")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _configuration(url: str, pool: str, issuer: str) -> dict[str, Any]:
    return {
        "authorization_endpoint": f"{url}/oauth2/authorize",
        "end_session_endpoint": f"{url}/logout",
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": f"{url}/{pool}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": f"{url}/oauth2/revoke",
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": f"{url}/oauth2/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": f"{url}/oauth2/userInfo",
    }
