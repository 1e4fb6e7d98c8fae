"""Lambda's limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

PAYLOAD = 6 * 1024 * 1024  # bytes of a synchronous invocation's event
EVENT_PAYLOAD = 1024 * 1024  # bytes of an asynchronous one's
RESPONSE = PAYLOAD + 100  # bytes; the runtime may exceed the limit by a frame
INIT = 10.0  # seconds that a function's code may take to load
PROCESSES = 1024  # that one environment may have at once
