"""A lab to start from: messages come in through an API, a stream carries them, a function counts them by topic."""
