"""CloudFormation's Fn::Sub over a document: ${LogicalId}, ${LogicalId.Attribute}, ${AWS::Region}, ${AWS::AccountId}.

AWS page: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

import re
from collections.abc import Mapping
from typing import Any

from cloud.errors import ConfigError
from labs.declare import GetAtt, Ref, Sub
from services.gateway.exchange import ACCOUNT

_REFERENCE = re.compile(r"\$\{(!?)([^}]*)\}")
Outputs = Mapping[str, Mapping[str, str]]


def substitute(document: Any, outputs: Outputs, region: str) -> Any:
    """The document with every reference in every string replaced; ${!x} becomes ${x}.

    outputs: logical id -> {"Ref": ..., "<Attribute>": ...}. ${stageVariables.x} stays: API Gateway replaces it per
    request. credentials stay as they are: execution roles are not assumed here, and a lab need not declare them.
    Raises ConfigError naming the reference that nothing answers.
    """
    if isinstance(document, str):
        return _REFERENCE.sub(lambda found: _value(found, outputs, region), document)
    if isinstance(document, list):
        return [substitute(item, outputs, region) for item in document]
    if isinstance(document, dict):
        return {
            key: value if key == "credentials" else substitute(value, outputs, region)
            for key, value in document.items()
        }
    return document


def resolved_value(value: Any, outputs: Outputs, region: str) -> str:
    """A declared value (text, Ref, GetAtt, Sub) as text. Raises ConfigError naming what nothing answers."""
    if isinstance(value, Ref):
        return str(substitute(f"${{{value.logical_id}}}", outputs, region))
    if isinstance(value, GetAtt):
        return str(substitute(f"${{{value.logical_id}.{value.attribute}}}", outputs, region))
    return str(substitute(value.text, outputs, region)) if isinstance(value, Sub) else str(value)


def _value(found: re.Match[str], outputs: Outputs, region: str) -> str:
    literal, name = found.groups()
    if literal:
        return f"${{{name}}}"
    if name.startswith("stageVariables."):
        return found[0]
    pseudo = {"AWS::Region": region, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
    if name in pseudo:
        return pseudo[name]
    logical_id, _, attribute = name.partition(".")
    try:
        return outputs[logical_id][attribute or "Ref"]
    except KeyError as error:
        raise ConfigError(f"${{{name}}}: the lab's outputs have no such value") from error
