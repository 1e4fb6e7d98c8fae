"""API key, usage plan, quota and throttles: whether an authorized request may go on now.

The order is AWS's: the plan's limit for this method, the plan's limit, the quota, the stage's limit for this method,
the account's limit. A request that a later limit refuses is not counted against the quota.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.gateway.messages import TakeQuota, TakeToken
from services.gateway.quota import Quotas
from services.gateway.responses import GatewayError
from services.gateway.throttle import Limit, Name, Throttle
from services.gateway.usage import Admission

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange
    from services.gateway.pipeline import Deployment

ACCOUNT_LIMIT = Limit(10_000, 5_000)
_ACCOUNT: Name = ("account",)

Asking = Generator[TakeToken | TakeQuota, Any, None]
_Counted = tuple[str, str] | None


@dataclass
class Admissions:
    """The counters that all requests share."""

    throttle: Throttle = field(default_factory=Throttle)
    quotas: Quotas = field(default_factory=Quotas)
    account: Limit = ACCOUNT_LIMIT

    def admit(self, deployment: "Deployment", exchange: "Exchange") -> Asking:
        """Raises GatewayError: INVALID_API_KEY, THROTTLED, QUOTA_EXCEEDED."""
        method = exchange.method
        counted = None
        if method.key_required:
            counted = yield from self._plan(_key(deployment, exchange), exchange)
        settings = deployment.settings.get((method.resource_path, method.verb))
        try:
            if settings is not None and settings.throttle is not None:
                name = ("stage", deployment.api.name, deployment.stage, method.resource_path, method.verb)
                yield from self._take(name, settings.throttle, exchange.now)
            passed = self.throttle.take(_ACCOUNT, self.account, exchange.now)
            if not passed:
                if passed is False:
                    raise GatewayError("THROTTLED")
                yield from self._take(_ACCOUNT, self.account, exchange.now)
        except GatewayError:
            if counted is not None:
                self.quotas.give_back(counted)
            raise

    def _plan(self, admission: Admission, exchange: "Exchange") -> Generator[TakeToken | TakeQuota, Any, _Counted]:
        """The plan and key whose quota the request was counted against; None: it has none, or was not counted."""
        plan, key, method = admission.plan, admission.key, exchange.method
        for verb in (exchange.request.method, "ANY", "*"):
            limit = plan.methods.get((method.resource_path, verb))
            if limit is not None:
                name = ("method", plan.id, key.id, exchange.request.stage, method.resource_path, verb)
                yield from self._take(name, limit, exchange.now)
                break
        if plan.throttle is not None:
            yield from self._take(("plan", plan.id, key.id), plan.throttle, exchange.now)
        if plan.quota is not None:
            passed = self.quotas.take((plan.id, key.id), plan.quota, exchange.now)
            if passed is None:
                passed = yield TakeQuota((plan.id, key.id), plan.quota, exchange.now)
            if passed is False:
                raise GatewayError("QUOTA_EXCEEDED")
            return (plan.id, key.id) if passed else None
        return None

    def _take(self, name: Name, limit: Limit, now: float) -> Asking:
        passed = self.throttle.take(name, limit, now)
        if passed is None:
            passed = yield TakeToken(name, limit, now)
        if not passed:
            raise GatewayError("THROTTLED")


def _key(deployment: "Deployment", exchange: "Exchange") -> Admission:
    if deployment.api.key_from_authorizer:
        value = exchange.usage_key or ""
    else:
        value = exchange.request.by_name.get("x-api-key", "")
    admission = deployment.plans.find(value)
    if admission is None:
        raise GatewayError("INVALID_API_KEY")
    exchange.api_key = admission.key
    return admission
