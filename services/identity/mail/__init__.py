"""Codes and invitations, delivered."""
