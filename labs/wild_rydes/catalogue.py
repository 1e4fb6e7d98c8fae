"""The archive as a table that can be asked in SQL: what its lines hold, and how they lie in the bucket.

Partitions are projected: nobody registers them, and an hour that a query is not about is not read.
https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

COLUMNS = {
    "name": "string",
    "statustime": "timestamp",
    "latitude": "double",
    "longitude": "double",
    "distance": "decimal(12,2)",
    "magicpoints": "int",
    "healthpoints": "int",
    "inputdata": "string",
}
PARTITIONS = {"year": "string", "month": "string", "day": "string", "hour": "string"}
PROJECTION = {
    "projection.enabled": "true",
    "projection.year.type": "integer",
    "projection.year.range": "2024,2099",
    "projection.month.type": "integer",
    "projection.month.range": "1,12",
    "projection.month.digits": "2",
    "projection.day.type": "integer",
    "projection.day.range": "1,31",
    "projection.day.digits": "2",
    "projection.hour.type": "integer",
    "projection.hour.range": "0,23",
    "projection.hour.digits": "2",
}
