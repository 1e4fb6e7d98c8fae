"""What API Gateway limits about WebSockets, and the close codes that tell of it.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from dataclasses import dataclass

MESSAGE_BYTES = 131_072
FRAME_BYTES = 32_768

Close = tuple[int, str]
"""A close code and its reason."""
NORMAL: Close = (1000, "Connection Closed Normally")
GOING_AWAY: Close = (1001, "Going away")
NO_BINARY: Close = (1003, "Binary frames are not supported")

_REASONS = {1001: "Going away", 1005: "Client-side close frame status not set", 1006: "Connection closed abnormally"}


@dataclass(frozen=True)
class Limits:
    """How long a connection may be, in seconds, and how many may begin in a second, in the account."""

    idle: float = 600.0
    """Without a message in either direction."""
    life: float = 7200.0
    connects: float = 500.0

    def deadline(self, connected: float, active: float) -> float:
        """When a connection must end, unless it becomes active again; the clock is that of the arguments."""
        return min(active + self.idle, connected + self.life)


def closed(code: int, reason: str) -> Close:
    """disconnectStatusCode and disconnectReason: a code that came without a reason gets AWS's."""
    return code, reason or _REASONS.get(code, "")
