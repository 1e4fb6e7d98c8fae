"""The limit of ingest: a bare FastAPI endpoint that checks the same token and parses the same body, and does no more.

`python -m bench.bare PORT JWKS`. As in the gateway, a token that was verified once is not verified again while it is
valid, and its expiry is looked at on every request.
"""

import sys
import time
from pathlib import Path
from typing import Any

import jwt
import orjson
import uvicorn
from fastapi import FastAPI, HTTPException, Request


def create_app(keys: dict[str, Any]) -> FastAPI:
    """The endpoint. keys: kid -> public key."""
    app = FastAPI()
    expiries: dict[str, float] = {}

    def check(token: str) -> None:
        expires = expiries.get(token)
        if expires is None:
            try:
                kid = jwt.get_unverified_header(token)["kid"]
                claims = jwt.decode(token, keys[kid], algorithms=["RS256"], options={"verify_aud": False})
            except (jwt.PyJWTError, KeyError) as error:
                raise HTTPException(401) from error
            expires = expiries[token] = float(claims["exp"])
        if time.time() >= expires:
            raise HTTPException(401)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/alien-attack/prod/v1/updatestatus")
    async def post(request: Request) -> dict[str, Any]:
        check(request.headers.get("authorization", ""))
        body = orjson.loads(await request.body())
        return {"SequenceNumber": "0", "Score": body["Score"]}

    return app


def main() -> None:
    """Serve on 127.0.0.1."""
    port, jwks = sys.argv[1:]
    keys = {key.key_id or "": key.key for key in jwt.PyJWKSet.from_json(Path(jwks).read_text()).keys}
    uvicorn.run(create_app(keys), host="127.0.0.1", port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
