"""All that can be declared can be created, and exported."""

from pathlib import Path

import pytest

from bootstrap.export import TYPES
from bootstrap.kinds import kinds
from bootstrap.resolve import Place
from labs import declare
from labs.declare import Resource

STAYS_BEHIND = (declare.UserPoolUser, declare.BucketDeployment)
DECLARABLE = sorted(Resource.__subclasses__(), key=lambda kind: kind.__name__)
TABLE = kinds(Path("/"), Place("us-east-1"), lambda _: "")


@pytest.mark.parametrize("declared", DECLARABLE)
def test_every_kind_that_can_be_declared_can_be_created(declared: type[Resource]) -> None:
    """It has the three verbs and says which service it is of."""
    kind = TABLE[declared]

    assert all(callable(getattr(kind, verb)) for verb in ("find", "put", "delete"))
    assert isinstance(kind.service, str)


@pytest.mark.parametrize("declared", [kind for kind in DECLARABLE if kind not in STAYS_BEHIND])
def test_every_kind_can_be_exported(declared: type[Resource]) -> None:
    """The docstring names the same CloudFormation type as the export."""
    assert (declared.__doc__ or "").startswith(TYPES[declared])
