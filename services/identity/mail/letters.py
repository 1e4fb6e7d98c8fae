"""What mails say: the pool's templates, Cognito's texts without them. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.identity.pools.pool import Pool

CODE = "{####}"
USERNAME = "{username}"
_LINK = re.compile(r"\{##(.*?)##\}", re.DOTALL)


@dataclass(frozen=True)
class Letter:
    """subject and text, with places for what only the sender knows."""

    subject: str
    text: str

    def filled(self, code: str, username: str = "", link: str = "") -> "Letter":
        """The letter as it is sent."""
        text = self.text.replace(CODE, code).replace(USERNAME, username)
        text = _LINK.sub(lambda found: f"{found[1]}: {link}" if found[1] else link, text)
        return Letter(self.subject.replace(CODE, code).replace(USERNAME, username), text)


def verification(pool: Pool) -> Letter:
    """For a code that proves an address, or that a new password may be set."""
    template = pool.settings.get("VerificationMessageTemplate") or {}
    subject = template.get("EmailSubject") or pool.settings.get("EmailVerificationSubject") or "Your verification code"
    text = template.get("EmailMessage") or pool.settings.get("EmailVerificationMessage")
    return Letter(subject, text or f"Your confirmation code is {CODE}")


def by_link(pool: Pool) -> bool:
    """Whether addresses are proved by a link instead of a code."""
    template = pool.settings.get("VerificationMessageTemplate") or {}
    return bool(template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK")


def link(pool: Pool) -> Letter:
    """For a link that proves an address."""
    template = pool.settings.get("VerificationMessageTemplate") or {}
    text = (
        template.get("EmailMessageByLink") or "Please click the link below to verify your email address. {##Verify##}"
    )
    return Letter(template.get("EmailSubjectByLink") or "Your verification link", text)


def invitation(pool: Pool) -> Letter:
    """For a user whom an administrator has created; the code is the temporary password."""
    template = (pool.settings.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
    text = template.get("EmailMessage") or f"Your username is {USERNAME} and temporary password is {CODE}."
    return Letter(template.get("EmailSubject") or "Your temporary password", text)


def customized(letter: Letter, response: Mapping[str, Any] | None) -> Letter:
    """The letter as a CustomMessage function wants it, if it kept the place of the code."""
    text = (response or {}).get("emailMessage")
    if not text or not (CODE in text or _LINK.search(text)):
        return letter
    return Letter(str((response or {}).get("emailSubject") or letter.subject), str(text))


def masked(address: str) -> str:
    """An address as it is shown to who may not know it: b***@e***, +*******1234."""
    if "@" in address:
        name, _, host = address.partition("@")
        return f"{name[:1]}***@{host[:1]}***"
    return f"+{'*' * 7}{address[-4:]}"
