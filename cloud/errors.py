"""The errors of the project, one tree.

FogbankError
├── ConfigError         a setting or a declaration is wrong; says which and what would be right
├── Unavailable         something that is needed does not answer (yet)
└── AwsError            an error as AWS's services word it: code, message, HTTP status
"""

from botocore.exceptions import ClientError


class FogbankError(Exception):
    """Root of all errors that the project raises itself."""


class ConfigError(FogbankError):
    """A setting or a declaration is wrong."""


class Unavailable(FogbankError):
    """Something that is needed does not answer (yet)."""


class AwsError(FogbankError):
    """An error as an AWS service would answer it.

    code: the exception's name on the wire, e.g. "ResourceNotFoundException"; message: its text; status: HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def error_code(error: ClientError) -> str:
    """The code of an error that boto3 raised, e.g. "ConditionalCheckFailedException"."""
    return str(error.response.get("Error", {}).get("Code", ""))
