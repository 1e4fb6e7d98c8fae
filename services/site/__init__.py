"""Stands in for an S3 bucket that hosts a website, behind CloudFront: serves the pages that bootstrap publishes.

Does: index and error documents, redirects (to a folder's "/", by an object's own x-amz-website-redirect-location, by
routing rules, of everything), S3's error pages, ETag, Range and conditional requests; as a CDN would: gzip, a response
headers policy, and pages while the bucket is away. Besides, of our own: /config.json, which on AWS the deployment
writes beside the pages; /status.json, whether the boxes are well; /join.svg, QR codes; /cognito/, the public half of
Cognito for a room's phones.
Does not: logins, signed URLs, several buckets, cache behaviours per path, OPTIONS.

Follows https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html and, for the headers,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-response-headers.html
"""
