"""The inbox: every code and invitation that was sent, for whoever sits at this machine."""

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from cloud.guard import LOOPBACK, Guard
from services.identity.box import Box
from services.identity.hosted import pages


def routes(box: Box) -> APIRouter:
    """Under this machine's own names only, whichever others the guard before the box lets in: for a room, say."""
    router = APIRouter(dependencies=[Depends(_this_machine_s)])

    @router.get("/inbox", include_in_schema=False)
    async def inbox(to: str = "") -> Response:
        return pages.response(pages.inbox(await box.post.messages(to), to))

    @router.get("/inbox/messages")
    async def messages(to: str = "") -> dict[str, object]:
        """{"messages": [{"To", "Subject", "Text", "Code", "Sent", "Id"}]}, the newest first."""
        return {"messages": await box.post.messages(to)}

    return router


def _this_machine_s(request: Request) -> None:
    if not _GUARD.admits(request.headers.raw):
        raise HTTPException(403, "Forbidden: the inbox is read on this machine only")


async def _nothing(*_: object) -> None:
    """The guard is only asked here."""


_GUARD = Guard(_nothing, LOOPBACK)
