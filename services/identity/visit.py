"""Through which door somebody came in: the pool, the app client, and what was asked. Passed on to whatever follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.identity.pools.pool import Pool, Settings

if TYPE_CHECKING:
    from services.identity.box import Box


@dataclass(frozen=True)
class Visit:
    """asked: the operation's request."""

    pool: Pool
    client: Settings
    asked: Mapping[str, Any]

    @property
    def client_id(self) -> str:
        """As functions are told it; administrators come through no app client."""
        return str(self.client.get("ClientId", "CLIENT_ID_NOT_APPLICABLE"))

    @property
    def metadata(self) -> dict[str, str]:
        """ClientMetadata, for the functions."""
        return dict(self.asked.get("ClientMetadata") or {})


def by_administrator(pool: Pool, asked: Mapping[str, Any]) -> Visit:
    """The visit of who calls with the account's credentials."""
    return Visit(pool, {}, asked)


async def by_client(box: "Box", asked: Mapping[str, Any]) -> Visit:
    """The visit of who comes through an app client. Raises ResourceNotFoundException."""
    pool = await box.pools.of_client(asked["ClientId"])
    return Visit(pool, pool.client(asked["ClientId"]), asked)
