"""The emulator that runs without Docker: MiniStack 1.5.33 with a small layer of mends, in one process.

It stands in for every AWS service that Fogbank has no box of its own for. MiniStack is used as it comes from PyPI; the
files here replace functions of it at start-up, one file per thing mended, and each says what is wrong and why:

    sequence, iterators, shards, records, putting, throttle   what a Kinesis stream is (plain data, no MiniStack)
    streams, traffic   Kinesis: flat cost, closed shards stay readable, AWS's validation
    segment, store     a stream's records: on disk, the newest in memory too
    fan_out        Kinesis: what a subscription to a shard is sent
    expressions    DynamoDB: expressions were parsed again for every item
    monitoring     CloudWatch hears of streams
    transactions   DynamoDB: every transaction was kept whole for ten minutes
    journal        a file that is only appended to
    long_list, json_text   a list whose older part is on disk
    table_records, table_streams   DynamoDB: a day of records of tables' streams, in memory
    log_events     CloudWatch Logs: all events that ever were, in memory
    datapoints, metrics   CloudWatch: all datapoints of two weeks, in memory
    stream_log, items, snapshots   nothing accepted is lost when the process is killed
    access_keys    whose an access key is, which the gateway must know to verify signatures
    guard_rails    only the version that the mends were written for; private folders
    app            the guard before it, GET /health, GET /metrics

What it does not do: AWS's permissions (IAM is off), quotas other than Kinesis' per-shard limits and its number of
shards (1000 open ones an account), more than one replica.
AWS pages followed: https://docs.aws.amazon.com/kinesis/latest/APIReference/
"""
