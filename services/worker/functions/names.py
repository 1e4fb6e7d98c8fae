"""Names and ARNs of functions.

Wherever Lambda takes a FunctionName it may be a name, a partial ARN or a full ARN, each with a qualifier or without:
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import re
from dataclasses import dataclass

LATEST = "$LATEST"
_BEFORE = re.compile(r"(?:.*?:)??function:")  # the first whole word "function": a name may end so, as my-function does


@dataclass(frozen=True)
class FunctionName:
    """A function's bare name and what qualifies it: a version or an alias."""

    name: str
    qualifier: str | None = None

    @property
    def is_alias(self) -> bool:
        return self.qualifier is not None and self.qualifier != LATEST and not self.qualifier.isdigit()

    @property
    def version(self) -> str:
        """The version that it names, unless it is an alias."""
        return self.qualifier or LATEST


def parse(text: str, qualifier: str | None = None) -> FunctionName:
    """What a FunctionName names: "f", "f:live", "000000000000:function:f", "arn:aws:lambda:...:function:f:live"."""
    before = _BEFORE.match(text)
    name, _, inner = text[before.end() if before else 0 :].partition(":")
    return FunctionName(name, qualifier or inner or None)


def function_arn(region: str, account: str, name: FunctionName) -> str:
    """The ARN of a function, qualified if the name is."""
    arn = f"arn:aws:lambda:{region}:{account}:function:{name.name}"
    return f"{arn}:{name.qualifier}" if name.qualifier else arn
