"""The web pages and endpoints of a user pool's domain: sign-in, OAuth 2.0, OpenID Connect."""
