"""The pages of all labs, the wiring as data: one bucket that hosts them as a website, and the folder they come from."""

from labs.declare import Bucket, BucketDeployment, Lab, Ref

LAB = Lab(
    name="website",
    about="The pages of all labs: a bucket that hosts them as a website",
    resources=(
        Bucket(
            "Pages",
            BucketName="fogbank-pages",
            WebsiteConfiguration={
                "IndexDocument": {"Suffix": "index.html"},
                "ErrorDocument": {"Key": "error.html"},
                "RoutingRules": [
                    # The original workshop's addresses
                    {
                        "Condition": {"KeyPrefixEquals": "game/"},
                        "Redirect": {"ReplaceKeyPrefixWith": "alien-attack/", "HttpRedirectCode": "302"},
                    },
                    {
                        "Condition": {"KeyPrefixEquals": "manager/"},
                        "Redirect": {"ReplaceKeyPrefixWith": "alien-attack/manager/", "HttpRedirectCode": "302"},
                    },
                ],
            },
        ),
        BucketDeployment("Content", DestinationBucketName=Ref("Pages"), Source="frontend"),
    ),
)
