"""Stands in for Managed Service for Apache Flink: runs applications whose code is SQL text over Kinesis streams.

Does: create, describe, list, update, start, stop and delete applications; CREATE TABLE over a stream, one INSERT INTO
with SELECT over tumbling windows, in processing time or in event time with watermarks. Open windows and positions
survive a kill, and shards are followed through splits and merges.
Does not: joins, sliding or session windows, user-defined functions, JAR files, notebooks, snapshots by name. What is
outside of the subset is refused with the line and the column of the text.

Follows https://docs.aws.amazon.com/managed-flink/latest/apiv2/Welcome.html
"""
