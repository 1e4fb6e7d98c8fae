"""Where functions run: child processes that speak the Lambda Runtime API, reused from one invocation to the next."""
