"""Managed Service for Apache Flink: applications whose code is SQL text.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesisanalyticsv2-application.html
"""

from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.analytics import Application

_MISSING = "ResourceNotFoundException"
_STOPPED = "READY"


class Applications:
    """AWS::KinesisAnalyticsV2::Application. One that is stopped is started."""

    service = "kinesisanalyticsv2"

    def find(self, application: Application) -> Found | None:
        detail = _describe(application)
        if detail is None:
            return None
        code = detail["ApplicationConfigurationDescription"]["ApplicationCodeConfigurationDescription"]
        actual = {
            "TextContent": code["CodeContentDescription"]["TextContent"],
            "Running": detail["ApplicationStatus"] != _STOPPED,
        }
        declared = {"TextContent": application.TextContent, "Running": True}
        return Found(_attributes(detail), differences(declared, actual))

    def put(self, application: Application, found: Found | None) -> Attributes:
        detail = _describe(application) if found else _create(application)
        assert detail
        name = application.ApplicationName
        if found:
            client("kinesisanalyticsv2").update_application(
                ApplicationName=name,
                CurrentApplicationVersionId=detail["ApplicationVersionId"],
                ApplicationConfigurationUpdate={
                    "ApplicationCodeConfigurationUpdate": {
                        "CodeContentUpdate": {"TextContentUpdate": application.TextContent}
                    }
                },
            )
        if detail["ApplicationStatus"] == _STOPPED:
            client("kinesisanalyticsv2").start_application(ApplicationName=name)
        return _attributes(detail)

    def delete(self, application: Application, _found: Found) -> None:
        detail = _describe(application)
        if detail:
            client("kinesisanalyticsv2").delete_application(
                ApplicationName=application.ApplicationName, CreateTimestamp=detail["CreateTimestamp"]
            )


def _create(application: Application) -> dict[str, Any]:
    code = {"CodeContent": {"TextContent": application.TextContent}, "CodeContentType": "PLAINTEXT"}
    answer = client("kinesisanalyticsv2").create_application(
        ApplicationName=application.ApplicationName,
        ApplicationDescription=application.ApplicationDescription,
        RuntimeEnvironment=application.RuntimeEnvironment,
        ServiceExecutionRole=application.ServiceExecutionRole,
        ApplicationConfiguration={"ApplicationCodeConfiguration": code},
    )
    detail: dict[str, Any] = answer["ApplicationDetail"]
    return detail


def _describe(application: Application) -> dict[str, Any] | None:
    answer = unless_missing(
        client("kinesisanalyticsv2").describe_application, _MISSING, ApplicationName=application.ApplicationName
    )
    return answer["ApplicationDetail"] if answer else None


def _attributes(detail: dict[str, Any]) -> Attributes:
    return {"Ref": detail["ApplicationName"], "Arn": detail["ApplicationARN"]}
