"""What several gateways share of throttles and quotas, in DynamoDB: who is there, tokens and requests by the slice.

A gateway says every second that it is there. As long as it is alone its buckets are its own, exact and free. When there
are several, a bucket is one number in the table (the time at which it will be full again), moved on by conditional
writes: together they let through what one would, and what is left of slices (at most a quarter of a burst, for at most
a second). Quotas are always handed out from the table, so that a restart forgets none.

While the table cannot be reached requests are admitted: by this gateway's own bucket, and without counting quotas. It
is asked again after a second, by one request per bucket or quota; the others do not wait for what it hears.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from cloud.log import line
from services.gateway.messages import CallFailed, CallTimedOut, TakeQuota, TakeToken
from services.gateway.quota import Quota, Quotas, period
from services.gateway.store import Ask, Store
from services.gateway.throttle import Limit, Name, Throttle

LOG = logging.getLogger(__name__)

TABLE = "FogbankUsage"
ALIVE_SECONDS = 5.0
ASK_AGAIN_SECONDS = 1.0
SKEW_SECONDS = 5.0  # by which gateways' clocks may differ; what lies further ahead was written by a clock set wrong
_FULL = "attribute_not_exists(FullAt) OR FullAt <= :now OR FullAt > :never"
_UNREACHABLE = (CallFailed, CallTimedOut, AwsError)


class Shares:
    """throttle, quotas: this gateway's part, filled up from here; me: this gateway's own name, letters and digits."""

    def __init__(self, ask: Ask, throttle: Throttle, quotas: Quotas, me: str) -> None:
        self._store = Store(ask, TABLE, "Name")
        self._throttle = throttle
        self._quotas = quotas
        self._me = me
        self._locks: defaultdict[Any, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._first: dict[tuple[str, str], str] = {}
        self._away = False
        self._missed_at = 0.0

    async def refresh(self) -> None:
        """Say that this gateway is there, and count who else is. Raises what Ask raises."""
        now = time.time()
        there = await self._store.update(
            "gateways",
            "SET #me = :until",
            {":until": _number(now + ALIVE_SECONDS)},
            ExpressionAttributeNames={"#me": f"gateway.{self._me}"},
            ReturnValues="ALL_NEW",
        )
        seen = {name: float(value["N"]) for name, value in there.items() if name.startswith("gateway.")}
        latest = now + ALIVE_SECONDS + SKEW_SECONDS
        self._throttle.replicas = max(1, sum(now < until <= latest for until in seen.values()))
        await self._forget([name for name, until in seen.items() if not now - 60 <= until <= latest])

    async def admit(self, name: Name, limit: Limit) -> bool:
        """Whether one more may pass now: from this gateway's own bucket when it is alone, else from the shared one."""
        now = time.time()
        passed = self._throttle.take(name, limit, now)
        return await self.token(TakeToken(name, limit, now)) if passed is None else passed

    async def token(self, call: TakeToken) -> bool:
        """Whether a request may pass, when this gateway's slice is spent."""
        if self._hopeless(call.name):
            return self._throttle.take_here(call.name, call.limit, call.now)
        async with self._locks[call.name]:
            passed = self._throttle.take(call.name, call.limit, call.now)
            if passed is not None:
                return passed
            if self._hopeless():
                return self._throttle.take_here(call.name, call.limit, call.now)
            try:
                granted = await self._lease(call)
            except _UNREACHABLE as error:
                self._missed(error)
                return self._throttle.take_here(call.name, call.limit, call.now)
            if granted:
                self._throttle.grant(call.name, granted - 1, call.now)
            else:
                self._throttle.refuse(call.name, call.limit, call.now)
            return granted > 0

    async def quota(self, call: TakeQuota) -> bool | None:
        """Whether a request may pass, when this gateway's slice of the quota is spent; None: it may, uncounted."""
        if self._hopeless(call.name):
            return None
        async with self._locks[call.name]:
            passed = self._quotas.take(call.name, call.quota, call.now)
            if passed is not None:
                return passed
            if self._hopeless():
                return None
            when = period(call.quota.period, call.now)
            try:
                granted = await self._requests(call, when)
            except _UNREACHABLE as error:
                self._missed(error)
                return None
            self._quotas.grant(call.name, when, granted, call.now)
            return bool(self._quotas.take(call.name, call.quota, call.now))

    async def close(self) -> None:
        """Give back what is not spent and say that this gateway is gone; whatever fails, the end comes."""
        try:
            for name, when, left in self._quotas.unspent():
                await self._store.update(_quota_item(name, when), "ADD Used :n", {":n": _number(-left)})
            await self._forget([f"gateway.{self._me}"])
        except _UNREACHABLE as error:
            self._missed(error)

    async def _forget(self, names: list[str]) -> None:
        if names:
            keys = {f"#{at}": name for at, name in enumerate(names)}
            # DynamoDB wants values to be used when there are any, so the removal carries a mark of its own.
            await self._store.update(
                "gateways",
                f"SET Swept = :now REMOVE {', '.join(keys)}",
                {":now": _number(time.time())},
                ExpressionAttributeNames=keys,
            )

    async def _lease(self, call: TakeToken) -> int:
        """How many tokens the bucket gave: a slice, else one, else none."""
        if call.limit.rate <= 0:
            return 0
        part = self._throttle.slice_of(call.limit)
        for tokens in dict.fromkeys((part, 1)):
            cost = tokens / call.limit.rate
            latest = call.now + call.limit.burst / call.limit.rate - cost
            running = {":now": _number(call.now), ":cost": _number(cost), ":latest": _number(latest)}
            never = call.now + call.limit.burst / call.limit.rate + SKEW_SECONDS
            fresh = {":now": _number(call.now), ":full": _number(call.now + cost), ":never": _number(never)}
            name = "/".join(("bucket", *call.name))
            if await self._moved(name, "SET FullAt = FullAt + :cost", "FullAt > :now AND FullAt <= :latest", running):
                return tokens
            if await self._moved(name, "SET FullAt = :full", _FULL, fresh):
                return tokens
        return 0

    async def _requests(self, call: TakeQuota, when: str) -> int:
        limit = await self._limit(call.name, call.quota, when)
        for requests in dict.fromkeys((call.quota.slice(), 1)):
            values = {":n": _number(requests), ":most": _number(limit - requests)}
            condition = "attribute_not_exists(Used) OR Used <= :most"
            if requests <= limit and await self._moved(_quota_item(call.name, when), "ADD Used :n", condition, values):
                return requests
        return 0

    async def _limit(self, name: tuple[str, str], quota: Quota, when: str) -> int:
        """The quota of a period: in the plan's first one it is smaller by the offset."""
        if not quota.offset:
            return quota.limit
        if name not in self._first:
            kept = await self._store.update(
                f"first/{'/'.join(name)}",
                "SET #first = if_not_exists(#first, :when)",
                {":when": {"S": when}},
                ExpressionAttributeNames={"#first": "First"},
                ReturnValues="ALL_NEW",
            )
            self._first[name] = str(kept.get("First", {}).get("S", when))
        return quota.limit - (quota.offset if self._first[name] == when else 0)

    async def _moved(self, name: str, expression: str, condition: str, values: Mapping[str, Any]) -> bool:
        try:
            await self._store.update(name, expression, values, ConditionExpression=condition)
        except AwsError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            moved = False
        else:
            moved = True
        self._away = False
        return moved

    def _missed(self, error: Exception) -> None:
        if not self._away:
            LOG.warning(line("shares", error=error, admitted="without counting"))
        self._away, self._missed_at = True, time.monotonic()

    def _hopeless(self, name: Name = ()) -> bool:
        """Whether the table has just been missed, or somebody asks it about the name again after it was."""
        asking = name in self._locks and self._locks[name].locked()
        return self._away and (asking or time.monotonic() - self._missed_at < ASK_AGAIN_SECONDS)


def _quota_item(name: tuple[str, str], when: str) -> str:
    return f"quota/{'/'.join(name)}/{when}"


def _number(value: float) -> dict[str, str]:
    return {"N": repr(value)}
