"""Stands in for an S3 bucket that hosts a website behind CloudFront: serves the pages in frontend/.

Does: index and error documents, redirects to a folder's "/", ETag, Range and conditional requests, gzip, the response
headers policy that a CDN would add, and /config.json, which on AWS the deployment writes beside the pages.
Does not: buckets, logins, signed URLs, cache behaviours per path. Nothing is written here; edit a file and reload.

Follows https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html and, for the headers,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-response-headers.html
"""
