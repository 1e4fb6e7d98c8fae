"""The emulator's settings; the only file of this box that reads the environment, and the one that makes MiniStack's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud.environ import number, port
from cloud.guard import allowed_hosts

_CLOUDWATCH = "AWS_ENDPOINT_URL_CLOUDWATCH"


@dataclass(frozen=True)
class Settings:
    """host, port: where it listens; name: the host in the URLs that MiniStack makes up, such as a queue's.

    home: the folder of all its state; hosts: what a request's Host and Origin may name; snapshot_seconds: how old the
    files of state may get; throttle: Kinesis' limits per shard are enforced; metrics_seconds: how often CloudWatch
    hears of streams; cloudwatch: where that is, "" when boto3's own variables say so.
    """

    host: str
    port: int
    name: str
    home: Path
    hosts: frozenset[str]
    log_level: str
    snapshot_seconds: float
    throttle: bool
    metrics_seconds: float
    cloudwatch: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises ConfigError when a value cannot be used."""
        name = environ.get("MINISTACK_HOST", "127.0.0.1")
        listen = port(environ, "FOGBANK_EMULATOR_PORT", 4566)
        led = any(environ.get(variable) for variable in ("AWS_ENDPOINT_URL", _CLOUDWATCH))
        return cls(
            host=environ.get("FOGBANK_BIND", "127.0.0.1"),
            port=listen,
            name=name,
            home=Path(environ.get("FOGBANK_HOME", ".fogbank")).resolve() / "emulator",
            hosts=allowed_hosts(environ) | {name.lower()},
            log_level=environ.get("FOGBANK_LOG_LEVEL", "INFO").upper(),
            snapshot_seconds=number(environ, "SNAPSHOT_SECONDS", 1),
            throttle=environ.get("KINESIS_THROTTLE", "0") == "1",
            metrics_seconds=number(environ, "FOGBANK_STREAM_METRICS_SECONDS", 30),
            cloudwatch="" if led else f"http://127.0.0.1:{listen}",
        )

    @property
    def state(self) -> Path:
        """MiniStack's files of state, its signing keys, our journals."""
        return self.home / "state"

    @property
    def objects(self) -> Path:
        """S3's objects."""
        return self.home / "s3"

    @property
    def scratch(self) -> Path:
        """Temporary files, which MiniStack would put where all users of the machine share them."""
        return self.home / "tmp"

    def ministack(self) -> dict[str, str]:
        """The environment that MiniStack reads when it is imported. One on its own is its own CloudWatch."""
        return {
            **({_CLOUDWATCH: self.cloudwatch} if self.cloudwatch else {}),
            "BIND_HOST": self.host,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": self.name,
            "LOG_LEVEL": "WARNING",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.objects),
            "TMPDIR": str(self.scratch),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
        }

    def server(self) -> dict[str, Any]:
        """What uvicorn is told: MiniStack sends a Date of its own, and its long polls must not hold up a stop."""
        return {"date_header": False, "timeout_graceful_shutdown": 3}
