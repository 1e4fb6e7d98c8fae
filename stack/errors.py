"""The front door's own error.

FogbankError
└── StackError          something did not start or stop; says what, and what to do
"""

from cloud.errors import FogbankError


class StackError(FogbankError):
    """A box or the whole stack did not start or stop as it should."""
