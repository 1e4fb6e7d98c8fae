"""What every kind of resource can do: be found, be put as declared, be deleted.

All three may be repeated and may be cut off at any point; the next call goes on from what it finds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from botocore.exceptions import ClientError

from bootstrap.resolve import Attributes
from cloud.errors import error_code
from labs.declare import Resource

R_contra = TypeVar("R_contra", bound=Resource, contravariant=True)


@dataclass(frozen=True)
class Found:
    """A resource that exists. differences: in words, what is not as declared. again: put() it even when all is."""

    attributes: Attributes
    differences: tuple[str, ...] = ()
    again: bool = False


class Kind(Protocol[R_contra]):
    """The verbs; resources come with their references resolved."""

    service: str
    """boto3's name of the service that has such resources; "" when no service is called."""

    def find(self, resource: R_contra, /) -> Found | None:
        """The resource as it exists, or None."""

    def put(self, resource: R_contra, found: Found | None, /) -> Attributes:
        """Create it, or change what differs, and return when it can be used."""

    def delete(self, resource: R_contra, found: Found, /) -> None:
        """Delete it, and return when it is gone."""


@runtime_checkable
class Publishes(Protocol):
    """A kind whose resources come from files on this machine."""

    def edited(self, resource: Any, /) -> bool:
        """Whether the files were changed since they were last put, or looked at. Asked several times a second."""


def unless_missing(call: Callable[..., Any], *codes: str, **arguments: Any) -> Any:
    """What an AWS call answers; None when it fails with one of these error codes, which say that nothing is there."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error_code(error) in codes:
            return None
        raise


def differences(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> tuple[str, ...]:
    """In words, what of the declared is otherwise."""
    return tuple(
        f"{name} is {actual.get(name)!r}, declared {value!r}"
        for name, value in declared.items()
        if actual.get(name) != value
    )
