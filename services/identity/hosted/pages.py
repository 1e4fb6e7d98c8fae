"""The few pages of the box, plain HTML: sign-in, messages, the inbox. Whatever they show is escaped."""

import time
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

STYLES = (Path(__file__).parent / "login.css").read_text(encoding="utf-8")


def response(page: str, status: int = 200, returns_to: str = "") -> Response:
    """A page with a policy that lets nothing run in it. returns_to: the address that its form may lead on to."""
    where = urlsplit(returns_to)
    # Browsers hold a form's policy against the redirects that follow it too.
    onward = f" {where.scheme}://{where.netloc}" if where.netloc else f" {where.scheme}:" if where.scheme else ""
    policy = (
        f"default-src 'none'; style-src 'self'; form-action 'self'{onward}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, status, headers, "text/html; charset=utf-8")


def sign_in(pool: str, request: str, error: str = "", username: str = "") -> str:
    """The sign-in form. request: what was asked for, sealed."""
    trouble = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return _page(
        f"Sign in to {pool}",
        f"""{trouble}<form method="post" action="/login">
<input type="hidden" name="request" value="{escape(request)}">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" required autofocus value="{escape(username)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>""",
        "narrow",
    )


def message(title: str, text: str) -> str:
    """A page that only says something."""
    return _page(title, f"<p>{escape(text)}</p>", "narrow")


def inbox(messages: Iterable[Mapping[str, Any]], to: str) -> str:
    """All messages, or those to one address."""
    shown = "".join(map(_letter, messages)) or "<p>Nothing has been sent yet.</p>"
    return _page(f"Inbox of {to}" if to else "Inbox", shown)


def routes() -> APIRouter:
    """GET /login.css"""
    router = APIRouter()

    @router.get("/login.css", include_in_schema=False)
    async def styles() -> Response:
        return Response(STYLES, media_type="text/css")

    return router


def _letter(letter: Mapping[str, Any]) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(float(letter["Sent"])))
    to, subject, text = (escape(str(letter[name])) for name in ("To", "Subject", "Text"))
    return f"<article><h2>{subject}</h2><small>to {to}, {when} UTC</small><p>{text}</p></article>"


def _page(title: str, body: str, kind: str = "") -> str:
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><link rel="stylesheet" href="/login.css"></head>
<body><main class="{kind}"><h1>{escape(title)}</h1>{body}</main></body>
</html>
"""
