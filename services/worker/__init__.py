"""Stands in for AWS Lambda: functions, execution environments, and event source mappings that poll Kinesis shards.

It speaks Lambda's own HTTP API, so boto3, the AWS CLI and other tools drive it. In the order that a record takes:

    polling/    kinesis reads a shard -> outcome decides -> delivery invokes -> leases keep the position
    execution/  pool -> environment -> a child process that speaks the Lambda Runtime API
    functions/  what a function is: name, configuration, code
    mappings/   what an event source mapping is: settings, states
    tables      where all of that is kept: DynamoDB, so that any replica can serve any call

It does not do layers, versions and aliases, code from a zip file, and sources other than Kinesis.
https://docs.aws.amazon.com/lambda/latest/api/ and https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""
