"""IAM: roles. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html"""

import json
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.declare import Role

_POLICY = "declared"


class Roles:
    """AWS::IAM::Role with one inline policy."""

    service = "iam"

    def find(self, role: Role) -> Found | None:
        answer = unless_missing(client("iam").get_role, "NoSuchEntity", RoleName=role.RoleName)
        if answer is None:
            return None
        policy = unless_missing(
            client("iam").get_role_policy, "NoSuchEntity", RoleName=role.RoleName, PolicyName=_POLICY
        )
        actual = {"Policies": policy["PolicyDocument"] if policy else None}
        attributes = {"Ref": role.RoleName, "Arn": answer["Role"]["Arn"]}
        return Found(attributes, differences({"Policies": document(role)}, actual))

    def put(self, role: Role, found: Found | None) -> Attributes:
        if found is None:
            trust = json.dumps(trust_policy(role))
            answer = client("iam").create_role(RoleName=role.RoleName, AssumeRolePolicyDocument=trust)
            attributes = {"Ref": role.RoleName, "Arn": answer["Role"]["Arn"]}
        else:
            attributes = dict(found.attributes)
        client("iam").put_role_policy(
            RoleName=role.RoleName, PolicyName=_POLICY, PolicyDocument=json.dumps(document(role))
        )
        return attributes

    def delete(self, role: Role, _found: Found) -> None:
        unless_missing(client("iam").delete_role_policy, "NoSuchEntity", RoleName=role.RoleName, PolicyName=_POLICY)
        client("iam").delete_role(RoleName=role.RoleName)


def document(role: Role) -> dict[str, Any]:
    """The policy document of what the role may do."""
    return {"Version": "2012-10-17", "Statement": [_plain(statement) for statement in role.Policies]}


def trust_policy(role: Role) -> dict[str, Any]:
    """The policy document of who may take the role on."""
    if role.Service == "cognito-identity.amazonaws.com":  # takes roles on for those whose tokens it has seen
        action, principal = "sts:AssumeRoleWithWebIdentity", {"Federated": role.Service}
    else:
        action, principal = "sts:AssumeRole", {"Service": role.Service}
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _plain(statement: Any) -> dict[str, Any]:
    """As JSON gives it back: lists, not tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in statement.items()}
