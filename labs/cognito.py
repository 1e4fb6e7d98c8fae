"""Accounts, and which roles those who sign in are given, with CloudFormation's names. Import them from labs.declare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.values import Resource, Value


@dataclass(frozen=True)
class UserPoolUser(Resource):
    """AWS::Cognito::UserPoolUser with its groups: a demo account. Its password is the install's, never declared."""

    Username: str
    UserPoolId: Value
    UserAttributes: Mapping[str, str] = field(default_factory=dict)
    Groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class IdentityPool(Resource):
    """AWS::Cognito::IdentityPool. Ref: the identity pool's id."""

    IdentityPoolName: str
    AllowUnauthenticatedIdentities: bool = False
    CognitoIdentityProviders: tuple[Mapping[str, Value], ...] = ()


@dataclass(frozen=True)
class IdentityPoolRoleAttachment(Resource):
    """AWS::Cognito::IdentityPoolRoleAttachment. Ref: the identity pool's id.

    Roles: "authenticated" and "unauthenticated" -> ARN. RoleMappings: any name -> IdentityProvider ("provider:client
    id"), Type, AmbiguousRoleResolution, RulesConfiguration.
    """

    IdentityPoolId: Value
    Roles: Mapping[str, Value] = field(default_factory=dict)
    RoleMappings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
