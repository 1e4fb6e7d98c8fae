"""Filter criteria: which records of a source a function is invoked with.

    pattern    an event pattern, compiled: what a record must look like
    matchers   the leaves of a pattern, which each look at one value
    criteria   a mapping's filters, and what they see of a record of each source

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""
