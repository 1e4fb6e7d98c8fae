"""Stands in for Athena: SQL over objects in S3, as JSON lines, in tables that the Glue catalogue describes.

Does: start, look at, list and stop queries; SELECT in Athena's dialect (Trino's, translated to DuckDB's), SHOW and
DESCRIBE; partitions that a WHERE excludes are not read; results as CSV in S3 and in pages; reads of the catalogue.
Does not: CREATE, INSERT and other writing statements, views, prepared statements, formats besides JSON, workgroups
besides primary, federated catalogues.

Follows https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
"""
