"""A function, or one version of it, as the worker keeps it."""

from dataclasses import dataclass, field
from typing import Any

from services.worker.functions.names import LATEST


@dataclass(frozen=True)
class Function:
    """configuration: its FunctionConfiguration as Lambda words it; code: where its code is kept; tags: by key."""

    configuration: dict[str, Any]
    code: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)
    reserved: int | None = None
    """Reserved concurrency: invocations that may run at once; None when none is reserved."""

    @property
    def name(self) -> str:
        return str(self.configuration["FunctionName"])

    @property
    def arn(self) -> str:
        return str(self.configuration["FunctionArn"])

    @property
    def version(self) -> str:
        """A number, or $LATEST."""
        return str(self.configuration.get("Version", LATEST))

    @property
    def runtime(self) -> str:
        return str(self.configuration["Runtime"])

    @property
    def handler(self) -> str:
        return str(self.configuration["Handler"])

    @property
    def role(self) -> str:
        return str(self.configuration["Role"])

    @property
    def timeout(self) -> int:
        """Seconds."""
        return int(self.configuration["Timeout"])

    @property
    def memory(self) -> int:
        """Megabytes."""
        return int(self.configuration["MemorySize"])

    @property
    def variables(self) -> dict[str, str]:
        return dict(self.configuration.get("Environment", {}).get("Variables", {}))

    @property
    def log_group(self) -> str:
        return str(self.configuration["LoggingConfig"]["LogGroup"])

    @property
    def dead_letters(self) -> str:
        """The ARN of the queue or topic for events that were given up; empty when there is none."""
        return str(self.configuration.get("DeadLetterConfig", {}).get("TargetArn") or "")

    @property
    def revision(self) -> str:
        """Changes with every change of the configuration or of where the code is."""
        return str(self.configuration["RevisionId"])
