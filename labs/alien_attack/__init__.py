"""Alien Attack: players stream their scores into a live leaderboard. lab.py is the wiring; start there."""
