"""Stands in for Amazon Cognito: user pools (cognito-idp) and identity pools (cognito-identity).

It speaks Cognito's own wire protocol, so boto3, Amplify, amazon-cognito-identity-js and pycognito work by changing the
endpoint alone. In the order in which somebody comes in:

    pools/       what a user pool is: settings, schema, clients, groups, resource servers
    users/       sign-up, codes, passwords, attributes, what administrators do
    signin/      proofs of who somebody is: passwords, SRP, TOTP, custom challenges; tokens and how they end
    triggers/    functions that take part, through the Lambda Invoke API
    mail/        codes and invitations: a local inbox, and an SMTP server when one is named
    hosted/      the sign-in page, OAuth 2.0 and OpenID Connect endpoints
    identities/  identity pools: identities, roles, credentials
    secrets/     the install's key, password hashes, SRP, signing keys, TOTP

State lives in DynamoDB, so any replica can serve any call. It does not do text messages, devices, passkeys, federation
with other providers, advanced security and imports; docs/cognito.md has the whole list.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/ and
https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/
"""
