"""The way of logs and metrics to CloudWatch, off the way of requests."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from cloud.clients import client
from cloud.cloudwatch import Aggregate, Publisher
from cloud.log_shipper import Shipper
from services.gateway.telling import NAMESPACE


@dataclass
class Reports:
    """Without a shipper and a publisher nothing is reported: tests, and a gateway that is asked for nothing."""

    shipper: Shipper | None = None
    publisher: Publisher | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def to_cloudwatch(cls, interval: float) -> "Reports":
        """To where boto3's variables say. interval: seconds between two reports of metrics."""
        return cls(Shipper(client("logs")), Publisher(Aggregate(NAMESPACE), client("cloudwatch"), interval))

    @property
    def sums(self) -> Aggregate | None:
        """Where values are added up."""
        return self.publisher.aggregate if self.publisher else None

    def ship(self, group: str, stream: str, lines: Iterable[str]) -> None:
        """Leave lines for CloudWatch Logs; never waits, never fails."""
        if self.shipper is not None:
            self.shipper.put(group, stream, lines)

    def start(self) -> None:
        """Begin to send. Needs a running loop."""
        self._tasks = [asyncio.ensure_future(each.run()) for each in (self.shipper, self.publisher) if each]

    async def close(self) -> None:
        """Send what is left, if that is quickly done."""
        for each in (self.shipper, self.publisher):
            if each is not None:
                await each.close()
        await asyncio.gather(*self._tasks)
