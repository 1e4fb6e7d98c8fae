"""Creates what the labs declare, as CloudFormation would, on whatever the endpoint variables point at.

One file per AWS service, each with the same three verbs (kind.py); engine.py brings them into order. The API Gateway
is not called: the gateway serves a lab's api.yaml and stages straight from the declaration.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""
