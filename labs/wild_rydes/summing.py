"""The application of module 8, which sums up in SQL: made and removed, or told of for the AWS CLI.

python -m labs.wild_rydes.summing        the configuration that `aws kinesisanalyticsv2 create-application` takes
"""

import json
import time
from pathlib import Path
from threading import Event
from typing import Any

from .aws import client

NAME = "WildRydesSummary"
PATIENCE = 60.0  # seconds
_ROLE = "arn:aws:iam::000000000000:role/WildRydesSummary"


def text() -> str:
    """The SQL."""
    return Path(__file__).with_name("summary.sql").read_text()


def configuration() -> dict[str, Any]:
    """The application's configuration, as the API takes it."""
    code = {"CodeContentType": "PLAINTEXT", "CodeContent": {"TextContent": text()}}
    return {"ApplicationCodeConfiguration": code}


def begin() -> None:
    """The application, running."""
    api = client("kinesisanalyticsv2")
    api.create_application(
        ApplicationName=NAME,
        RuntimeEnvironment="FLINK-1_20",
        ServiceExecutionRole=_ROLE,
        ApplicationConfiguration=configuration(),
    )
    api.start_application(ApplicationName=NAME)
    deadline = time.monotonic() + PATIENCE
    while api.describe_application(ApplicationName=NAME)["ApplicationDetail"]["ApplicationStatus"] != "RUNNING":
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {NAME} to run")
        Event().wait(0.1)


def remove() -> None:
    """No application, and nothing left of what it had read."""
    api = client("kinesisanalyticsv2")
    try:
        created = api.describe_application(ApplicationName=NAME)["ApplicationDetail"]["CreateTimestamp"]
        api.delete_application(ApplicationName=NAME, CreateTimestamp=created)
    except api.exceptions.ResourceNotFoundException:
        return


if __name__ == "__main__":
    print(json.dumps(configuration()))
