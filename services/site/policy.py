"""The headers that every answer of the site carries, as a CloudFront response headers policy would add them."""

from collections.abc import Iterable


def headers(connect: Iterable[str]) -> dict[str, str]:
    """Header name -> value. connect: the addresses beside the site's own that its pages may speak to.

    Pages load nothing from elsewhere and run no inline script or style, so a nickname that slipped into the markup
    still could not do anything.
    """
    return {
        "content-security-policy": content_security_policy(connect),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }


def content_security_policy(connect: Iterable[str]) -> str:
    """The policy's text, see https://www.w3.org/TR/CSP3/."""
    rules = {
        "default-src": "'self'",
        "connect-src": " ".join(["'self'", *sorted(set(connect))]),
        "img-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
