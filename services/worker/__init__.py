"""Stands in for AWS Lambda: functions, execution environments, event source mappings, and asynchronous events.

It speaks Lambda's own HTTP API, so boto3, the AWS CLI and other tools drive it. In the order that a record takes:

    polling/    a source reads a shard or a queue -> outcome decides -> delivery invokes -> leases keep the position
    events/     the queue of asynchronous events: stored, run, tried again, reported
    execution/  pool -> environment -> a child process that speaks the Lambda Runtime API
    functions/  what a function is: name, configuration, code, versions, aliases
    mappings/   what an event source mapping is: settings, states
    logs/       what functions print, on its way to CloudWatch Logs, and back to a terminal
    routes/     the HTTP API, by resource
    tables      where all of that is kept: DynamoDB, so that any replica can serve any call

It does not do layers, container images, function URLs, resource policies and provisioned concurrency.
https://docs.aws.amazon.com/lambda/latest/api/ and https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""
