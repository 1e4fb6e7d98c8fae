"""The inbox: every code and invitation that was sent, for whoever sits at this machine."""

from fastapi import APIRouter, Response

from services.identity.box import Box
from services.identity.hosted import pages


def routes(box: Box) -> APIRouter:
    """The guard before the box refuses everybody whose page or name is not this machine's."""
    router = APIRouter()

    @router.get("/inbox", include_in_schema=False)
    async def inbox(to: str = "") -> Response:
        return pages.response(pages.inbox(await box.post.messages(to), to))

    @router.get("/inbox/messages")
    async def messages(to: str = "") -> dict[str, object]:
        """{"messages": [{"To", "Subject", "Text", "Code", "Sent", "Id"}]}, the newest first."""
        return {"messages": await box.post.messages(to)}

    return router
