"""The headers that every answer of the site carries, as a CloudFront response headers policy would add them."""

from collections.abc import Iterable

# What a file is must not depend on the machine: Windows, for one, lets other programs change what .js means.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def headers(connect: Iterable[str]) -> dict[str, str]:
    """Header name -> value. connect: the addresses beside the site's own that its pages may speak to.

    Pages load nothing from elsewhere and run no inline script or style, so a nickname that slipped into the markup
    still could not do anything. Caches ask each time (ETag), so that an edited file shows on the next reload.
    """
    return {
        "Content-Security-Policy": content_security_policy(connect),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }


def content_security_policy(connect: Iterable[str]) -> str:
    """The policy's text, see https://www.w3.org/TR/CSP3/."""
    rules = {
        "default-src": "'self'",
        "connect-src": " ".join(["'self'", *sorted(set(connect))]),
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
