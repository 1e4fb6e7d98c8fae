"""Keys, plans, quotas, throttles: who may go on now, with a clock that stands still."""

import asyncio
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import pytest

from cloud.errors import AwsError, ConfigError
from labs.declare import ApiKey, Lab, Ref, RestApi, Stage, UsagePlan, UsagePlanKey
from services.gateway.messages import CallFailed, Reply, TakeQuota, TakeToken
from services.gateway.quota import Quota, Quotas, period
from services.gateway.shares import Shares
from services.gateway.stage_settings import MethodSettings, method_settings
from services.gateway.throttle import Limit, Throttle, limit_of
from services.gateway.usage import generated, plans_of
from tests.unit.gateway.support import NOW, Gateway, document, header, method

KEY = "k" * 20
SCHEME = {"securitySchemes": {"Key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}}
API, STAGE = RestApi("Api", Name="shop"), Stage("Dev", StageName="dev", RestApiId=Ref("Api"))


def lab(*plans: UsagePlan, key: ApiKey | None = None) -> Lab:
    links = [UsagePlanKey(f"L{i}", KeyId=Ref("Key"), UsagePlanId=Ref(plan.logical_id)) for i, plan in enumerate(plans)]
    return Lab("t", "", (API, STAGE, key or ApiKey("Key", Name="ada", Value=KEY), *plans, *links))


def plan(name: str = "P", stage: Mapping[str, Any] | None = None, **more: Any) -> UsagePlan:
    covered = {"ApiId": Ref("Api"), "Stage": "dev", **(stage or {})}
    return UsagePlan(name, UsagePlanName=name, ApiStages=(covered,), **more)


def shop(*plans: UsagePlan, settings: MethodSettings | None = None) -> Gateway:
    keyed = method(security=[{"Key": []}])
    given = document({"/x": {"get": keyed, "post": keyed}, "/free": {"get": method()}}, components=SCHEME)
    by_method = {("/x", "GET"): settings, ("/free", "GET"): settings} if settings else {}
    return Gateway(given, plans=plans_of(lab(*plans), STAGE, {}), settings=by_method)


def statuses(gateway: Gateway, count: int, path: str = "/x", verb: str = "GET") -> list[int]:
    return [gateway.send(verb, path, headers={"x-api-key": KEY}).status for _ in range(count)]


# --- buckets


def test_a_bucket_starts_full_and_refills_continuously() -> None:
    """Burst first, then rate a second; never more than the burst; a clock that goes back gives nothing."""
    throttle, limit = Throttle(), Limit(rate=2, burst=3)
    assert [throttle.take(("a",), limit, 10.0) for _ in range(4)] == [True, True, True, False]
    assert [throttle.take(("a",), limit, 10.5), throttle.take(("a",), limit, 10.6)] == [True, False]
    assert [throttle.take(("a",), limit, 1000.0) for _ in range(4)] == [True, True, True, False]
    assert throttle.take(("a",), limit, 5.0) is False
    assert throttle.take(("b",), limit, 10.0) is True


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    """The bucket refills from the time that it is now; by less than a second the times of two requests may cross."""
    throttle, limit = Throttle(), Limit(rate=2, burst=3)
    assert [throttle.take(("a",), limit, 700.0) for _ in range(4)] == [True, True, True, False]
    assert throttle.take(("a",), limit, 100.0) is False
    assert [throttle.take(("a",), limit, 101.0) for _ in range(3)] == [True, True, False]
    assert throttle.take(("a",), limit, 100.9) is False
    assert throttle.take(("a",), limit, 101.4) is False
    assert throttle.take(("a",), limit, 101.5) is True


def test_what_the_store_said_under_another_clock_is_not_believed() -> None:
    """Neither that it has nothing left nor what it gave: after the clock was set back it is asked again."""
    throttle, limit, quotas = Throttle(), Limit(rate=2, burst=3), Quotas()
    throttle.replicas = 2
    throttle.refuse(("a",), limit, 700.0)
    throttle.grant(("b",), 5, 700.0)
    quotas.grant(("p", "k"), period("DAY", 700.0), 0, 700.0)

    assert (throttle.take(("a",), limit, 700.05), throttle.take(("a",), limit, 100.0)) == (False, None)
    assert (throttle.take(("b",), limit, 700.0), throttle.take(("b",), limit, 100.0)) == (True, None)
    assert quotas.take(("p", "k"), Quota(9, "DAY"), 700.0) is False
    assert quotas.take(("p", "k"), Quota(9, "DAY"), 100.0) is None


def test_no_rate_and_no_burst() -> None:
    """A burst of 0 lets nothing through, a rate of 0 the burst and no more; -1 or nothing is no limit."""
    assert Throttle().take(("a",), Limit(5, 0), 1.0) is False
    throttle = Throttle()
    assert [throttle.take(("a",), Limit(0, 1), now) for now in (1.0, 1e9)] == [True, False]
    assert limit_of({}, "R", "B") is None
    assert limit_of({"R": -1, "B": -1}, "R", "B") is None
    assert limit_of({"R": 5}, "R", "B") == Limit(5, 5)
    assert limit_of({"R": 0.5, "B": 2}, "R", "B") == Limit(0.5, 2)


def test_plan_then_stage_then_account() -> None:
    """Each is 429 Too Many Requests without Retry-After; the plan's counts per key, the stage's per method."""
    throttled = shop(plan(Throttle={"RateLimit": 1, "BurstLimit": 2}))
    refused = [throttled.send("GET", "/x", headers={"x-api-key": KEY}) for _ in range(3)][-1]
    assert (refused.status, refused.body) == (429, b'{"message":"Too Many Requests"}')
    assert header(refused, "x-amzn-ErrorType") == "TooManyRequestsException"
    assert header(refused, "Retry-After") is None
    assert statuses(throttled, 1, "/free") == [200]

    staged = shop(plan(), settings=MethodSettings(Limit(1, 2)))
    assert statuses(staged, 3) == [200, 200, 429]
    assert statuses(staged, 3, verb="POST") == [200] * 3
    assert statuses(staged, 1, "/free") == [200]

    account = shop(plan())
    account.pipeline.admissions.account = Limit(1, 3)
    assert statuses(account, 2) + statuses(account, 2, "/free") == [200, 200, 200, 429]
    account.clock.now += 1
    assert statuses(account, 2, "/free") == [200, 429]


def test_a_method_of_a_plan_has_a_limit_of_its_own() -> None:
    """Paths as CloudFormation writes them; other methods are not touched."""
    limited = shop(plan(stage={"Throttle": {"/x/GET": {"RateLimit": 1, "BurstLimit": 1}}}))
    assert statuses(limited, 2) == [200, 429]
    assert statuses(limited, 2, verb="POST") == [200, 200]


# --- keys


@pytest.mark.parametrize("value", [None, "", "x" * 20, KEY.upper()])
def test_no_good_key_is_403(value: str | None) -> None:
    """INVALID_API_KEY; a method that asks for none does not look at it."""
    answer = shop(plan()).send("GET", "/x", headers={} if value is None else {"x-api-key": value})
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')


def test_a_key_needs_a_plan_on_this_very_stage() -> None:
    """Disabled, without a plan, with a plan of another stage or API: nobody."""
    other = UsagePlan("P", UsagePlanName="P", ApiStages=({"ApiId": Ref("Api"), "Stage": "prod"},))
    disabled = lab(plan(), key=ApiKey("Key", Name="ada", Value=KEY, Enabled=False))
    for each in (lab(), lab(other), disabled):
        assert plans_of(each, STAGE, {}).find(KEY) is None
    assert plans_of(lab(plan()), STAGE, {}).find(KEY) is not None


def test_values_that_bootstrap_made_come_by_name() -> None:
    """A declaration without a value; until it is made the key is nobody's."""
    made = lab(plan(), key=ApiKey("Key", Name="ada"))
    assert generated(made) == ["ada"]
    assert plans_of(made, STAGE, {}).find(KEY) is None
    found = plans_of(made, STAGE, {"ada": KEY}).find(KEY)
    assert found is not None
    assert "kkk" not in repr(found)


def test_what_plans_cannot_be_is_refused() -> None:
    """Two plans of one stage for a key, a value that is too short, a period that is none."""
    with pytest.raises(ConfigError, match="two usage plans"):
        plans_of(lab(plan("A"), plan("B")), STAGE, {})
    with pytest.raises(ConfigError, match="20 to 128"):
        plans_of(lab(plan(), key=ApiKey("Key", Name="ada", Value="short")), STAGE, {})
    with pytest.raises(ConfigError, match="Period"):
        plans_of(lab(plan(Quota={"Limit": 1, "Period": "HOUR"})), STAGE, {})


# --- quotas


@pytest.mark.parametrize(
    ("kind", "seconds", "name"),
    [
        ("DAY", 0, "DAY 1970-01-01"),
        ("DAY", 86_399, "DAY 1970-01-01"),
        ("DAY", 86_400, "DAY 1970-01-02"),
        ("WEEK", 3 * 86_400 - 1, "WEEK 1969-12-28"),
        ("WEEK", 3 * 86_400, "WEEK 1970-01-04"),
        ("MONTH", 31 * 86_400 - 1, "MONTH 1970-01"),
        ("MONTH", 31 * 86_400, "MONTH 1970-02"),
    ],
)
def test_periods_begin_at_midnight_utc(kind: str, seconds: float, name: str) -> None:
    """Weeks on Sunday, months on the first."""
    assert period(kind, seconds) == name


def test_a_quota_that_is_used_up_is_429_limit_exceeded() -> None:
    """What a throttle refuses is not counted; a new period begins anew."""
    limited = shop(plan(Quota={"Limit": 2, "Period": "DAY"}), settings=MethodSettings(Limit(1, 1)))
    assert statuses(limited, 3) == [200, 429, 429]
    limited.clock.now += 1
    assert statuses(limited, 1) == [200]
    limited.clock.now += 1
    answer = limited.send("GET", "/x", headers={"x-api-key": KEY})
    assert (answer.status, answer.body) == (429, b'{"message":"Limit Exceeded"}')
    assert header(answer, "x-amzn-ErrorType") == "LimitExceededException"


@pytest.mark.parametrize(("away", "left"), [(False, 1), (True, 0)])
def test_a_request_that_a_later_limit_refuses_is_given_back_if_it_was_counted(
    monkeypatch: pytest.MonkeyPatch, away: bool, left: int
) -> None:
    """While the store is away none is: what was given back would be more than the quota."""
    table, (gateway,) = fleet(1)
    table.away = away
    table.made = True
    limited = shop(plan(Quota={"Limit": 9, "Period": "DAY"}))
    limited.pipeline.admissions.account = Limit(1, 0)
    monkeypatch.setattr(limited, "_quota", lambda call: asyncio.run(gateway.quota(call)))

    assert statuses(limited, 1) == [429]
    assert sum(unspent for _, _, unspent in limited.pipeline.admissions.quotas.unspent()) == left


# --- what several gateways share


class Table:
    """DynamoDB as Shares uses it, for one table, with its conditions; away: it does not answer."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, float]] = {}
        self.made = False
        self.away = False
        self.calls = 0

    async def ask(self, _service: str, target: str, body: Mapping[str, Any]) -> Any:
        self.calls += 1
        await asyncio.sleep(0)
        if self.away:
            raise CallFailed("away")
        if target.endswith("CreateTable"):
            self.made = True
            return {}
        if not self.made:
            raise AwsError("ResourceNotFoundException", "no table")
        return self._update(body)

    def _update(self, body: Mapping[str, Any]) -> Any:
        item = self.items.setdefault(body["Key"]["Name"]["S"], {})
        given = body["ExpressionAttributeValues"].items()
        value = {name: float(each["N"]) if "N" in each else each["S"] for name, each in given}
        names = body.get("ExpressionAttributeNames", {})
        condition = body.get("ConditionExpression", "")
        full, used = item.get("FullAt"), item.get("Used")
        holds = {
            "": True,
            "FullAt > :now AND FullAt <= :latest": full is not None
            and value.get(":now", 0) < full <= value.get(":latest", 0),
            "attribute_not_exists(FullAt) OR FullAt <= :now OR FullAt > :never": full is None
            or not value.get(":now", 0) < full <= value.get(":never", 0),
            "attribute_not_exists(Used) OR Used <= :most": used is None or used <= value.get(":most", 0),
        }[condition]
        if not holds:
            raise AwsError("ConditionalCheckFailedException", "no")
        expression = body["UpdateExpression"]
        if expression == "SET FullAt = FullAt + :cost":
            item["FullAt"] = item["FullAt"] + value[":cost"]
        elif expression == "SET FullAt = :full":
            item["FullAt"] = value[":full"]
        elif expression == "ADD Used :n":
            item["Used"] = item.get("Used", 0) + value[":n"]
        elif expression == "SET #me = :until":
            item[names["#me"]] = value[":until"]
        elif expression == "SET #first = if_not_exists(#first, :when)":
            item.setdefault("First", value[":when"])
        elif "REMOVE" in expression:
            for name in names.values():
                item.pop(name, None)
        shown = {n: {"S": v} if isinstance(v, str) else {"N": str(v)} for n, v in item.items()}
        return {"Attributes": shown}


def fleet(count: int) -> tuple[Table, list[Shares]]:
    table = Table()
    return table, [Shares(table.ask, Throttle(), Quotas(), f"gateway{i}") for i in range(count)]


async def passes(each: Shares, name: tuple[str, ...], limit: Limit, now: float) -> bool:
    passed = each._throttle.take(name, limit, now)
    return await each.token(TakeToken(name, limit, now)) if passed is None else passed


async def counted(each: Shares, quota: Quota, now: float, name: tuple[str, str] = ("p", "k")) -> bool | None:
    passed = each._quotas.take(name, quota, now)
    return await each.quota(TakeQuota(name, quota, now)) if passed is None else passed


async def test_alone_buckets_are_here_and_together_they_are_shared() -> None:
    """One gateway asks no store; three let through together what one would, and refill like one."""
    table, gateways = fleet(3)
    await gateways[0].refresh()
    calls = table.calls
    assert [await passes(gateways[0], ("alone",), Limit(1, 2), NOW) for _ in range(3)] == [True, True, False]
    assert table.calls == calls
    for _ in range(2):
        for each in gateways:
            await each.refresh()
    assert [each._throttle.replicas for each in gateways] == [3, 3, 3]

    limit = Limit(rate=2, burst=4)
    first = [await passes(each, ("shared",), limit, NOW) for _ in range(3) for each in gateways]
    later = [await passes(each, ("shared",), limit, NOW + 1) for each in gateways]
    assert (first.count(True), later.count(True)) == (4, 2)


async def test_what_is_no_request_shares_its_bucket_too() -> None:
    """New WebSockets and messages of a stage: alone from memory, together from the table."""
    table, (one, two) = fleet(2)
    alone = [await one.admit(("connections",), Limit(0.001, 2)) for _ in range(3)]
    untouched = table.calls == 0
    for each in (one, two, one):
        await each.refresh()
    together = [await each.admit(("messages",), Limit(0.001, 3)) for each in (one, two, one, two)]
    assert (alone, untouched, together) == ([True, True, False], True, [True, True, True, False])


async def test_a_gateway_s_clock_that_was_wrong_holds_nobody_up() -> None:
    """What it wrote ten minutes ahead, a bucket that is full then and that it is there until then, does not count."""
    _table, (wrong, right) = fleet(2)
    ahead, limit = NOW + 600, Limit(rate=2, burst=4)
    with patch("time.time", lambda: ahead):
        await wrong.refresh()
        await wrong.refresh()
    await wrong.token(TakeToken(("shared",), limit, ahead))
    with patch("time.time", lambda: NOW):
        await right.refresh()

    assert right._throttle.replicas == 1
    right._throttle.replicas = 2
    assert [await passes(right, ("shared",), limit, NOW) for _ in range(5)] == [True, True, True, True, False]


async def test_large_buckets_come_in_slices() -> None:
    """A call for many requests; together never more than the burst and what slices were left of."""
    table, gateways = fleet(2)
    for _ in range(2):
        for each in gateways:
            await each.refresh()
    before, limit = table.calls, Limit(rate=1000, burst=800)
    passed = [await passes(each, ("big",), limit, NOW) for _ in range(600) for each in gateways]
    assert passed.count(True) == 800
    assert table.calls - before < 40


async def test_a_quota_is_never_exceeded_and_survives_a_restart() -> None:
    """Slices from the store, singly at the end; what a gateway has not spent it gives back."""
    table, gateways = fleet(2)
    quota = Quota(limit=1000, period="DAY")
    used = [await counted(gateways[0], quota, NOW) for _ in range(15)]
    assert (used, table.items[f"quota/p/k/{period('DAY', NOW)}"]["Used"]) == ([True] * 15, 20)
    await gateways[0].close()
    assert table.items[f"quota/p/k/{period('DAY', NOW)}"]["Used"] == 15
    after = [await counted(gateways[1], quota, NOW) for _ in range(1000)]
    assert after.count(True) == 985
    assert await counted(gateways[1], quota, NOW + 86_400) is True


async def test_callers_at_once_share_one_look_at_the_store() -> None:
    """A hundred requests that find no slice make one call, not a hundred."""
    table, (gateway,) = fleet(1)
    table.made = True
    quota = Quota(limit=10_000, period="MONTH")
    passed = await asyncio.gather(*(counted(gateway, quota, NOW) for _ in range(100)))
    assert (passed, table.calls) == ([True] * 100, 1)


async def test_the_offset_is_taken_off_the_first_period_alone() -> None:
    """Three of five in the first day, five in the next."""
    _table, (gateway,) = fleet(1)
    quota = Quota(limit=5, period="DAY", offset=2)
    for day, allowed in ((0, 3), (1, 5)):
        passed = [await counted(gateway, quota, NOW + day * 86_400) for _ in range(7)]
        assert passed.count(True) == allowed


async def test_without_the_store_requests_go_on() -> None:
    """By this gateway's own bucket; quotas are not counted. It is told once."""
    table, gateways = fleet(2)
    for each in gateways:
        await each.refresh()
    gateways[0]._throttle.replicas = 2
    table.away = True
    passed = [await passes(gateways[0], ("x",), Limit(1, 2), NOW) for _ in range(3)]
    assert passed == [True, True, False]
    assert await counted(gateways[0], Quota(1, "DAY"), NOW) is None
    await gateways[0].close()


async def test_callers_at_once_wait_for_a_store_that_hangs_no_longer_than_one() -> None:
    """A hundred calls of five seconds, one after the other, would be all of their time; nor do those who come later
    wait for the one that asks again."""
    table, (gateway,) = fleet(1)
    table.away, gateway._throttle.replicas = True, 2
    limit, quota = Limit(1, 100), Quota(5, "DAY")
    now = 1000.0
    with patch("time.monotonic", lambda: now):
        passed = await asyncio.gather(*(passes(gateway, ("x",), limit, NOW) for _ in range(100)))
        uncounted = await asyncio.gather(*(counted(gateway, quota, NOW) for _ in range(100)))
    assert (passed, uncounted, table.calls) == ([True] * 100, [None] * 100, 1)

    with patch("time.monotonic", lambda: now + 1):
        asking = asyncio.create_task(counted(gateway, quota, NOW))
        await asyncio.sleep(0)
        others = await asyncio.gather(*(counted(gateway, quota, NOW) for _ in range(10)))
        assert (others, await asking, table.calls) == ([None] * 10, None, 2)

    table.away, table.made = False, True
    with patch("time.monotonic", lambda: now + 2):
        assert await counted(gateway, quota, NOW) is True
    assert table.items[f"quota/p/k/{period('DAY', NOW)}"]["Used"] == 1


# --- settings


def test_a_methods_settings_go_over_those_for_everything() -> None:
    """Each property on its own; CloudFormation's ~1 is a slash."""
    api = Gateway(document({"/a/b": {"get": method()}, "/c": {"get": method()}})).deployment.api
    settings: list[dict[str, Any]] = [
        {"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "ERROR", "MetricsEnabled": True,
         "ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 9},
        {"ResourcePath": "/~1a~1b", "HttpMethod": "GET", "LoggingLevel": "INFO"},
    ]  # fmt: skip
    first, second = (method_settings(settings, each) for each in api.routes.all())
    assert first == MethodSettings(Limit(5, 9), "INFO", metrics=True)
    assert second == MethodSettings(Limit(5, 9), "ERROR", metrics=True)
    with pytest.raises(ConfigError, match="LoggingLevel"):
        method_settings([{**settings[0], "LoggingLevel": "LOUD"}], api.routes.all()[0])


def test_replies_are_not_needed_for_any_of_it() -> None:
    """Plans, throttles and keys make no call of their own on one gateway."""
    limited = shop(plan(Throttle={"RateLimit": 1, "BurstLimit": 2}))
    limited.answer = lambda _call: Reply(500, {}, b"")
    assert statuses(limited, 2) == [200, 200]
    assert limited.calls == []
