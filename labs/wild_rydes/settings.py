"""How the stream is mapped to the functions, as the workshop's modules have it, in Lambda's words.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from typing import Any

Settings = dict[str, Any]

PLAIN: Settings = {"BatchSize": 100}
"""Module 2: every batch once; a failing one again and again, until its readings are too old for the stream."""

RETRIES: Settings = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 15,
    "MaximumRetryAttempts": 2,
    "MaximumRecordAgeInSeconds": 60,
    "BisectBatchOnFunctionError": False,
}
"""Module 3: a failing batch twice more, then its description goes to the queue, and the stream goes on."""

BISECT: Settings = {**RETRIES, "BisectBatchOnFunctionError": True}
"""Module 4: a failing batch is halved, until the bad reading is alone."""

WINDOW: Settings = {
    "BatchSize": 100,
    "MaximumRetryAttempts": 2,
    "BisectBatchOnFunctionError": True,
    "TumblingWindowInSeconds": 60,
}
"""Module 5: the state of a minute travels from batch to batch."""

CHECKPOINT: Settings = {**BISECT, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
"""Module 6: the function says where a batch went wrong; what stands before is done."""

LASTING: Settings = {
    "BatchSize": 100,
    "MaximumRetryAttempts": 2,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}
"""The finished lab: module 6's, for any amount of readings, and none too old."""

ARCHIVE: Settings = {"BatchSize": 1000, "MaximumBatchingWindowInSeconds": 5}
"""Module 9: few, large objects, within seconds."""

ALERTS: Settings = {
    "BatchSize": 1000,
    "MaximumBatchingWindowInSeconds": 10,
    "FilterCriteria": {
        "Filters": [
            {"Pattern": '{"data":{"HealthPoints":[{"numeric":["<",100]}]}}'},
            {"Pattern": '{"data":{"MagicPoints":[{"numeric":["<",100]}]}}'},
        ]
    },
}
"""Only readings of unicorns in trouble, gathered, so that nobody is told every second."""

PUSH: Settings = {
    "BatchSize": 1000,
    "MaximumBatchingWindowInSeconds": 1,
    "MaximumRetryAttempts": 1,
    "MaximumRecordAgeInSeconds": 60,
}
"""What pages are told, once a second; readings that are older are no news."""
