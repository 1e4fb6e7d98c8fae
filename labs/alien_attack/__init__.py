"""Alien Attack: a browser game whose players stream their scores into a live leaderboard. Start with README.md."""
