"""A LocalStack of their own for the contract tests, where there is Docker: with all services that it may ever serve.

And with its API Gateway, which serves nobody: it proves that the labs' documents can be imported.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cloud.wait import until
from stack import engine, ports
from stack.compose import LOCALSTACK_IMAGE
from stack.errors import StackError
from stack.health import missing
from stack.settings import Settings, resolved
from stack.targets import localstack_services

VARIABLE = "FOGBANK_TEST_LOCALSTACK"
"""Names its address to the tests."""
PORTS = range(18560, 18660)


@contextmanager
def alone() -> Iterator[dict[str, str]]:
    """Run one while inside; gives the variables for the tests, none without Docker. Its state is forgotten."""
    if engine.why_not():
        yield {}
        return
    port = next(port for port in PORTS if ports.free(port))
    container = _run(port)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: not missing(f"{url}/_localstack/health"), 60, what="LocalStack", interval=0.3)
        yield {VARIABLE: url}
    finally:
        engine.run("docker", "rm", "--force", "--volumes", container)


def _run(port: int) -> str:
    services = localstack_services(resolved(Settings(emulator="localstack"), "docker"))
    switches = {"SERVICES": f"{services},apigateway", "DISABLE_EVENTS": "1", "SKIP_SSL_CERT_DOWNLOAD": "1"}
    options = [option for name, value in switches.items() for option in ("--env", f"{name}={value}")]
    publish = f"127.0.0.1:{port}:4566"
    done = engine.run("docker", "run", "--detach", "--init", "--publish", publish, *options, LOCALSTACK_IMAGE)
    if done.returncode:
        raise StackError(f"LocalStack for the contract tests did not start: {done.stderr.strip()}")
    return done.stdout.strip()
