"""Integrations: what a method does with a request that passed, one file per type."""

from typing import TYPE_CHECKING, Protocol

from services.gateway.messages import Flow

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange


class Integration(Protocol):
    """What every type offers."""

    def run(self, exchange: "Exchange") -> Flow:
        """The way from a validated request to its response; raises GatewayError, CallTimedOut or CallFailed."""
