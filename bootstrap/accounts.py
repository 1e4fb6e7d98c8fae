"""Cognito: the demo accounts. https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-create-user-accounts.html

Passwords are this install's own, permanent, and set at every apply: nobody can ask Cognito whether they still are.
"""

from collections.abc import Callable
from typing import Any

from bootstrap.kind import Found, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.declare import UserPoolUser

_MISSING = ("UserNotFoundException", "ResourceNotFoundException")


class UserPoolUsers:
    """AWS::Cognito::UserPoolUser, its groups and its password. password: user name -> password."""

    service = "cognito-idp"

    def __init__(self, password: Callable[[str], str]) -> None:
        self.password = password

    def find(self, user: UserPoolUser) -> Found | None:
        answer = unless_missing(client("cognito-idp").admin_get_user, *_MISSING, **_user(user))
        if answer is None:
            return None
        found = [] if answer["UserStatus"] == "CONFIRMED" else [f"UserStatus is {answer['UserStatus']}"]
        groups = client("cognito-idp").admin_list_groups_for_user(**_user(user))["Groups"]
        missing = set(user.Groups) - {group["GroupName"] for group in groups}
        found += [f"is not in the group {group}" for group in sorted(missing)]
        return Found({"Ref": user.Username}, tuple(found), again=True)

    def put(self, user: UserPoolUser, found: Found | None) -> Attributes:
        password = self.password(user.Username)
        if found is None:
            client("cognito-idp").admin_create_user(
                **_user(user), UserAttributes=_attributes(user), MessageAction="SUPPRESS"
            )
        if found is None or found.differences:
            for group in user.Groups:
                client("cognito-idp").admin_add_user_to_group(**_user(user), GroupName=group)
        # Last: whoever signs in before that is in no group, and a token says so for an hour.
        client("cognito-idp").admin_set_user_password(**_user(user), Password=password, Permanent=True)
        return {"Ref": user.Username}

    def delete(self, user: UserPoolUser, _found: Found) -> None:
        unless_missing(client("cognito-idp").admin_delete_user, *_MISSING, **_user(user))


def _user(user: UserPoolUser) -> dict[str, Any]:
    return {"UserPoolId": user.UserPoolId, "Username": user.Username}


def _attributes(user: UserPoolUser) -> list[dict[str, str]]:
    attributes = dict(user.UserAttributes)
    if "email" in attributes:
        attributes["email_verified"] = "true"
    return [{"Name": name, "Value": value} for name, value in attributes.items()]
