"""The main job: simulated gamers play Alien Attack against the running stack, and what became of every post is proved.

`python -m demo` plays one match and prints the verdict; tests and benchmarks call `demo.match.run` for the same thing.
It speaks only what a learner's own code could speak: HTTP to the gateway, boto3 to Cognito and Kinesis. The one
exception is the worker's GET /positions, which says how far the scoreboard function has come in the stream.
"""
