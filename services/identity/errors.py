"""Cognito's errors, by name, with the texts that clients see.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
"""

from cloud.errors import AwsError


def not_authorized(message: str = "Incorrect username or password.") -> AwsError:
    """NotAuthorizedException; without a text, the one for a wrong password."""
    return AwsError("NotAuthorizedException", message)


def invalid(message: str) -> AwsError:
    """InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def missing(message: str) -> AwsError:
    """ResourceNotFoundException."""
    return AwsError("ResourceNotFoundException", message)


def no_user() -> AwsError:
    """UserNotFoundException: only for those who may know."""
    return AwsError("UserNotFoundException", "User does not exist.")


def user_exists() -> AwsError:
    """UsernameExistsException."""
    return AwsError("UsernameExistsException", "User already exists")


def code_mismatch() -> AwsError:
    """CodeMismatchException: a wrong code."""
    return AwsError("CodeMismatchException", "Invalid verification code provided, please try again.")


def code_expired() -> AwsError:
    """ExpiredCodeException: a code whose time is over, or that was used, or never sent."""
    return AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.")


def not_confirmed() -> AwsError:
    """UserNotConfirmedException."""
    return AwsError("UserNotConfirmedException", "User is not confirmed.")


def reset_required() -> AwsError:
    """PasswordResetRequiredException."""
    return AwsError("PasswordResetRequiredException", "Password reset required for the user")


def limit_exceeded() -> AwsError:
    """LimitExceededException: too many codes, or too many guesses at one."""
    return AwsError("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def invalid_session() -> AwsError:
    """NotAuthorizedException for a Session that is not ours, is over, or was used."""
    return not_authorized("Invalid session for the user.")


def alias_exists(attribute: str) -> AwsError:
    """AliasExistsException: somebody else has this address already."""
    return AwsError("AliasExistsException", f"An account with the given {attribute} already exists.")
