"""The user pool's PostConfirmation trigger: whoever has signed up is a player.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from collections.abc import Mapping
from typing import Any

from ..aws import client, setting

_SIGN_UP = "PostConfirmation_ConfirmSignUp"


def handler(event: Mapping[str, Any], _context: Any) -> Mapping[str, Any]:
    """Add the new user to the group, and hand the event back, as Cognito wants it. A new password changes nothing."""
    if event["triggerSource"] == _SIGN_UP:
        client("cognito-idp").admin_add_user_to_group(
            UserPoolId=event["userPoolId"], Username=event["userName"], GroupName=setting("GROUP_NAME")
        )
    return event
