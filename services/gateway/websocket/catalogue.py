"""Which WebSocket APIs are served: every one that a lab declares, once the lab's outputs exist.

They are compiled anew when the outputs change. Connections go on with the deployment that they began with.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import orjson

from cloud.errors import AwsError, FogbankError
from cloud.log import line
from labs import declare
from labs.websocket import WebSocketApi, WebSocketStage
from services.gateway.messages import CallFailed, CallTimedOut
from services.gateway.throttle import limit_of
from services.gateway.websocket.api import Api, Compiler, Deployment

LOG = logging.getLogger(__name__)

Ask = Callable[[str, str, Mapping[str, Any]], Awaitable[Any]]


class WebSocketCatalogue:
    """Deployments by API and stage. missing: what the last refresh could not get, in words."""

    def __init__(self, labs: Iterable[declare.Lab], ask: Ask, region: str) -> None:
        self.deployments: dict[tuple[str, str], Deployment] = {}
        self._labs = [lab for lab in labs if any(lab.of(WebSocketApi))]
        self.missing: list[str] = [f"outputs of {lab.name}" for lab in self._labs]
        self._ask = ask
        self._region = region
        self._seen: dict[str, str] = {}

    async def refresh(self) -> None:
        """Look at every lab's outputs once."""
        missing = []
        for lab in self._labs:
            try:
                await self._refresh(lab)
            except (FogbankError, CallFailed, CallTimedOut, ValueError) as error:
                missing.append(f"WebSocket API of {lab.name}: {_words(error, lab)}")
        self.missing = missing

    async def _refresh(self, lab: declare.Lab) -> None:
        answer = await self._ask("ssm", "AmazonSSM.GetParameter", {"Name": f"/fogbank/{lab.name}/outputs"})
        outputs = str(answer["Parameter"]["Value"])
        if self._seen.get(lab.name) == outputs:
            return
        compiler = Compiler(orjson.loads(outputs), self._region)
        for declared in lab.of(WebSocketApi):
            api = compiler.api(declared)
            for stage in declared.Stages:
                self.deployments[(api.name, stage.StageName)] = _deployment(api, stage)
            LOG.info(line("deployed", api=api.name, routes=len(api.routes)))
        self._seen[lab.name] = outputs


def _deployment(api: Api, stage: WebSocketStage) -> Deployment:
    throttle = limit_of(stage.DefaultRouteSettings, "ThrottlingRateLimit", "ThrottlingBurstLimit")
    return Deployment(api, stage.StageName, stage.StageVariables, throttle)


def _words(error: Exception, lab: declare.Lab) -> str:
    if isinstance(error, AwsError) and error.code == "ParameterNotFound":
        return f"no parameter /fogbank/{lab.name}/outputs"
    return str(error)
