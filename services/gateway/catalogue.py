"""What is served: every lab's REST API, loaded when its outputs exist and again when outputs or document change.

A refresh never drops a request: those under way go on with the deployment that they began with. What fails to load
leaves the last good deployment in place, and is named in `missing`.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from cloud.errors import AwsError, ConfigError, FogbankError
from cloud.log import line
from labs import declare
from services.gateway import usage
from services.gateway.access_log import compile_access_log
from services.gateway.document import Api, Protocols, compile_api
from services.gateway.keys import KeyRing
from services.gateway.messages import CallFailed, CallTimedOut
from services.gateway.outbound import Outbound
from services.gateway.pipeline import Deployment
from services.gateway.stage_settings import cache_settings, method_settings
from services.gateway.stages import Stages
from services.gateway.substitution import Outputs, resolved_value, substitute

LOG = logging.getLogger(__name__)
_UNREACHABLE = (CallFailed, CallTimedOut, AwsError)


@dataclass(frozen=True)
class Source:
    """A lab and the folder that its documents lie in."""

    lab: declare.Lab
    folder: Path


@dataclass(frozen=True)
class Compiling:
    """What compiling a document takes besides itself and its lab's outputs."""

    protocols: Protocols
    region: str

    def api(self, name: str, path: Path, outputs: Outputs) -> Api:
        """The compiled document. Raises ConfigError, OSError."""
        document = substitute(read_document(path), outputs, self.region)
        return compile_api(name, document, self.protocols, self.region)


def all_sources() -> list[Source]:
    """Every lab that declares an API."""
    sources = [Source(declare.load(name), declare.ROOT / name) for name in declare.names()]
    return [
        source for source in sources if any(source.lab.of(declare.RestApi)) or any(source.lab.of(declare.WebSocketApi))
    ]


@dataclass(frozen=True)
class Known:
    """What the emulator says of a lab: its outputs, and the values of API keys that it declares without one."""

    outputs: Outputs
    values: Mapping[str, str]


class Catalogue:
    """Deployments by API and stage. missing: what the last refresh could not get, in words."""

    def __init__(
        self,
        sources: Sequence[Source],
        outbound: Outbound,
        stages: Stages,
        ring: KeyRing,
        compiling: Compiling,
    ) -> None:
        self.deployments: dict[tuple[str, str], Deployment] = {}
        self.missing: list[str] = ["first look at the labs"]
        self._sources = [source for source in sources if any(source.lab.of(declare.RestApi))]
        self._outbound = outbound
        self._stages = stages
        self._ring = ring
        self._compiling = compiling
        self._seen: dict[str, tuple[Any, ...]] = {}

    async def refresh(self) -> None:
        """Look at everything once: outputs, documents, token keys, stage variables."""
        missing: list[str] = []
        for source in self._sources:
            missing += await self._refresh_lab(source)
        for issuer in sorted({issuer for each in self.deployments.values() for issuer in each.api.issuers}):
            if not await self.fetch_keys(issuer):
                missing.append(f"token keys of {issuer}")
        missing += await self._refresh_state()
        if missing != self.missing:
            LOG.info(line("catalogue", serving=len(self.deployments), missing=missing or "nothing"))
        self.missing = missing

    async def fetch_keys(self, issuer: str) -> bool:
        """Fetch a user pool's keys into the ring; False when that did not work, the ring then stays as it was."""
        pool = issuer.rpartition("/")[2]
        try:
            reply = await self._outbound.fetch("cognito-idp", f"/{pool}/.well-known/jwks.json", timeout=5.0)
            if reply.status != 200:
                return False
            self._ring.replace(issuer, reply.body)
        except (CallFailed, CallTimedOut, ValueError) as error:
            LOG.warning(line("keys", issuer=issuer, error=error))
            return False
        finally:
            self._ring.settle(issuer)
        return True

    def describe(self, api: str, stage: str) -> dict[str, Any]:
        """GetStage's answer without its variables. Raises KeyError for a stage that is not declared."""
        for lab in (source.lab for source in self._sources):
            for declared, rest_api in _stages(lab):
                if (rest_api.Name, declared.StageName) == (api, stage):
                    deployment = self.deployments.get((api, stage))
                    return {
                        "stageName": stage,
                        "deploymentId": deployment.api.deployment_id if deployment else "none",
                        "cacheClusterEnabled": declared.CacheClusterEnabled,
                        "cacheClusterStatus": "AVAILABLE" if declared.CacheClusterEnabled else "NOT_AVAILABLE",
                        "tracingEnabled": False,
                    }
        raise KeyError(f"{api}/{stage}")

    async def _refresh_lab(self, source: Source) -> list[str]:
        lab = source.lab
        for stage, rest_api in _stages(lab):
            name = (rest_api.Name, stage.StageName)
            if not self._stages.knows(name):
                self._stages.declare(name, stage.Variables)
        try:
            outputs = await self._outputs(lab)
            values = await self._key_values(lab)
        except _UNREACHABLE as error:
            if isinstance(error, AwsError) and error.code == "ParameterNotFound":
                return [f"parameter /fogbank/{lab.name}/outputs"]
            return [f"parameter /fogbank/{lab.name}/outputs ({error})"]
        return await self._reload(source, outputs, values)

    async def _outputs(self, lab: declare.Lab) -> str:
        body = {"Name": f"/fogbank/{lab.name}/outputs"}
        answer = await self._outbound.ask("ssm", "AmazonSSM.GetParameter", body)
        return str(answer["Parameter"]["Value"])

    async def _key_values(self, lab: declare.Lab) -> dict[str, str]:
        """The values of API keys that bootstrap made, by name."""
        names = usage.generated(lab)
        found: dict[str, str] = {}
        for start in range(0, len(names), 10):
            asked = [usage.VALUE_PARAMETER + name for name in names[start : start + 10]]
            body = {"Names": asked, "WithDecryption": True}
            answer = await self._outbound.ask("ssm", "AmazonSSM.GetParameters", body)
            found |= {each["Name"].removeprefix(usage.VALUE_PARAMETER): each["Value"] for each in answer["Parameters"]}
        return found

    async def _reload(self, source: Source, outputs: str, values: dict[str, str]) -> list[str]:
        missing = []
        for rest_api in source.lab.of(declare.RestApi):
            path = source.folder / rest_api.Body
            try:
                state = (path.stat().st_mtime, path.stat().st_size, outputs, tuple(values.items()))
                if self._seen.get(rest_api.Name) != state:
                    # In a thread: requests go on while a document is compiled.
                    api = await asyncio.to_thread(self._compiling.api, rest_api.Name, path, orjson.loads(outputs))
                    self._deploy(source.lab, rest_api, api, Known(orjson.loads(outputs), values))
                    self._seen[rest_api.Name] = state
            except (FogbankError, OSError, ValueError) as error:
                missing.append(f"API {rest_api.Name}: {error}")
        return missing

    def _deploy(self, lab: declare.Lab, rest_api: declare.RestApi, api: Api, known: Known) -> None:
        # All stages are compiled before one is replaced: what is wrong with one leaves all as they are.
        deployments = {
            (api.name, stage.StageName): self._deployment(lab, api, stage, known)
            for stage, of in _stages(lab)
            if of is rest_api
        }
        self.deployments.update(deployments)
        LOG.info(line("deployed", api=api.name, deployment=api.deployment_id, methods=len(api.routes.all())))

    def _deployment(self, lab: declare.Lab, api: Api, stage: declare.Stage, known: Known) -> Deployment:
        name, region = (api.name, stage.StageName), self._compiling.region
        methods = {(method.resource_path, method.verb): method for method in api.routes.all()}
        cached = {
            key: settings
            for key, method in methods.items()
            if (settings := cache_settings(stage.MethodSettings, method, enabled=stage.CacheClusterEnabled))
        }
        return Deployment(
            api,
            stage.StageName,
            lambda: self._stages.variables(name),
            cached,
            {key: method_settings(stage.MethodSettings, method) for key, method in methods.items()},
            usage.plans_of(lab, stage, known.values),
            region,
            compile_access_log(stage.AccessLogSetting, lambda value: resolved_value(value, known.outputs, region)),
        )

    async def _refresh_state(self) -> list[str]:
        """Stage variables."""
        try:
            await self._stages.refresh()
        except _UNREACHABLE as error:
            return [f"stage variables ({error})"]
        return []


def read_document(path: Path) -> Any:
    """The parsed api.yaml, or .json. Raises ConfigError, OSError."""
    try:
        if path.suffix == ".json":
            return orjson.loads(path.read_bytes())
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader, see below
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path.name}: {error}") from error


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the C one where it was built
    """Ten times as fast as the pure one, and as safe."""


def _stages(lab: declare.Lab) -> list[tuple[declare.Stage, declare.RestApi]]:
    pairs = []
    for stage in lab.of(declare.Stage):
        assert isinstance(stage.RestApiId, declare.Ref), "a stage names its API by Ref"
        rest_api = lab[stage.RestApiId.logical_id]
        assert isinstance(rest_api, declare.RestApi)
        pairs.append((stage, rest_api))
    return pairs
