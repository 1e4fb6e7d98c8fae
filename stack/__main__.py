"""`python -m stack COMMAND`: what the Makefile calls once the virtual environment is there."""

import argparse
import os
import sys

from cloud.errors import FogbankError
from stack import commands, doctor, maintain, proof, sql


def main(arguments: list[str]) -> None:
    """Run one command; a FogbankError is said in one paragraph and ends the program with 1, Ctrl-C ends it with 130."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command not in {"demo", "lab"}:  # what these are told, they read themselves
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.arguments = rest
    try:
        _run(options)
    except FogbankError as error:
        sys.exit(f"fogbank: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _run(options: argparse.Namespace) -> None:
    match options.command:
        case "up":
            commands.up(follow=_yes("FOLLOW"))
        case "logs":
            _logs(options)
        case "demo":
            commands.demo(options.arguments)
        case "dlq":
            commands.dlq(redrive=_yes("REDRIVE"))
        case "lab":
            commands.lab(options.program, options.arguments)
        case "sql":
            sql.ask(os.environ.get("Q", ""), os.environ.get("D", ""))
        case "kill":
            commands.kill(options.box)
        case "ps":
            commands.ps(as_json=options.json)
        case "down" | "clean" | "env":
            getattr(commands, options.command)()
        case "doctor":
            doctor.doctor()
        case "check" | "test":
            getattr(proof, options.command)()
        case "lock":
            maintain.lock()


def _logs(options: argparse.Namespace) -> None:
    forever = _yes("FOLLOW", default="1")
    if function := options.function or os.environ.get("F", ""):
        commands.function_log(function, forever)
    else:
        commands.logs(options.box or os.environ.get("S", "").replace(",", " ").split(), options.lines, forever)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stack", description="The front door; `make` prints the usual ways in."
    )
    sub = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sub.add_parser("up", help="start, wait until healthy, print addresses and accounts")
    sub.add_parser("down", help="stop, keep the state")
    sub.add_parser("clean", help="stop, forget the state")
    ps = sub.add_parser("ps", help="what runs")
    ps.add_argument("--json", action="store_true", help="for programs")
    logs = sub.add_parser("logs", help="what the boxes say")
    logs.add_argument("box", nargs="*", help="only these boxes")
    logs.add_argument("--function", help="what one function says, out of CloudWatch Logs")
    logs.add_argument("--lines", type=int, default=50, help="how many old lines to begin with")
    sub.add_parser("env", help="variables by which programs on this machine reach the stack")
    sub.add_parser("demo", help="simulated gamers play a match", add_help=False)
    sub.add_parser("dlq", help="what is in the dead-letter queue; REDRIVE=1 gives it a second try")
    lab = sub.add_parser("lab", help="a lab's own program, e.g. wild_rydes.producer", add_help=False)
    lab.add_argument("program")
    sub.add_parser("sql", help="ask what is kept in S3; Q is the query, D its database")
    sub.add_parser("kill", help="kill a box as a crash would").add_argument("box")
    sub.add_parser("doctor", help="what is wrong with this machine, and how to mend it")
    sub.add_parser("check", help="format, lint, types, unit tests")
    sub.add_parser("test", help="everything that proves the project")
    sub.add_parser("lock", help="for maintainers: pin the dependencies anew")
    return parser


def _yes(name: str, default: str = "") -> bool:
    return os.environ.get(name, default).strip().lower() in {"1", "yes", "true", "on"}


if __name__ == "__main__":
    main(sys.argv[1:])
