"""Invocations of type Event: accepted once they are stored, run afterwards, tried again, reported.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""
