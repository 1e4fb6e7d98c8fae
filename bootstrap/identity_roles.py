"""Cognito: the roles that an identity pool's identities take on.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypoolroleattachment.html
"""

from bootstrap.kind import Found, differences
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.declare import IdentityPoolRoleAttachment


class IdentityPoolRoleAttachments:
    """AWS::Cognito::IdentityPoolRoleAttachment. It is there, perhaps empty, as long as its pool is."""

    service = "cognito-identity"

    def find(self, attachment: IdentityPoolRoleAttachment) -> Found | None:
        roles = client("cognito-identity").get_identity_pool_roles(IdentityPoolId=attachment.IdentityPoolId)
        if not roles.get("Roles"):
            return None
        return Found(_attributes(attachment), differences({"Roles": dict(attachment.Roles)}, roles))

    def put(self, attachment: IdentityPoolRoleAttachment, _found: Found | None) -> Attributes:
        client("cognito-identity").set_identity_pool_roles(
            IdentityPoolId=attachment.IdentityPoolId, Roles=dict(attachment.Roles)
        )
        return _attributes(attachment)

    def delete(self, attachment: IdentityPoolRoleAttachment, _found: Found) -> None:
        client("cognito-identity").set_identity_pool_roles(IdentityPoolId=attachment.IdentityPoolId, Roles={})


def _attributes(attachment: IdentityPoolRoleAttachment) -> Attributes:
    return {"Ref": str(attachment.IdentityPoolId)}
