"""What a lab declares of a bucket's content. A lab's wiring imports it from labs.declare, with everything else."""

from dataclasses import dataclass

from labs.values import Resource, Value


@dataclass(frozen=True)
class BucketDeployment(Resource):
    """Custom::CDKBucketDeployment, as the CDK's construct of that name makes it. Ref: the bucket's name.

    Source: a folder below the repository's root, whose files become the bucket's objects. Prune: what the folder has
    not is deleted.
    """

    DestinationBucketName: Value
    Source: str
    Prune: bool = True
