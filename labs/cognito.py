"""Which roles those who sign in are given, declared with CloudFormation's names. Import it from labs.declare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.values import Resource, Value


@dataclass(frozen=True)
class IdentityPoolRoleAttachment(Resource):
    """AWS::Cognito::IdentityPoolRoleAttachment. Ref: the identity pool's id.

    Roles: "authenticated" and "unauthenticated" -> ARN. RoleMappings: any name -> IdentityProvider ("provider:client
    id"), Type, AmbiguousRoleResolution, RulesConfiguration.
    """

    IdentityPoolId: Value
    Roles: Mapping[str, Value] = field(default_factory=dict)
    RoleMappings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
