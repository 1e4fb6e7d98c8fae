"""The QR code by which a phone finds the way from the projector into a page of this site."""

import io
import json

import segno

from services.site.addresses import own
from services.site.answer import Answer
from services.site.settings import Settings

_QUIET = 3  # modules of white around the code; scanners want some


def qr_code(settings: Settings, to: str, host: str) -> Answer:
    """An SVG that leads to `to`; 400 for an address that is not this site's, so that it leads nobody astray."""
    if not own(settings, to, host):
        message = {"message": "to must be an address of this site"}
        return Answer(400, json.dumps(message).encode(), {"content-type": "application/json"})
    picture = io.BytesIO()
    code = segno.make(to, error="m", micro=False)
    code.save(picture, kind="svg", border=_QUIET, dark="#0b1020", light="#fff", xmldecl=False, omitsize=True)
    return Answer(200, picture.getvalue(), {"content-type": "image/svg+xml", "cache-control": "no-cache"})
