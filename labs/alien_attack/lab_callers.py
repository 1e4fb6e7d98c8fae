"""Alien Attack's wiring, who calls its functions: gamers, managers, the projector."""

from labs.declare import Function, Sub, may

from .lab_access import (
    CONNECTIONS,
    FREE_SEATS,
    KEEP_TIME,
    POOLS,
    READ_BOARD,
    READ_SEATS,
    READ_SESSION,
    RENEW,
    RUN_SESSIONS,
    SEATS,
    SESSION,
    TELL,
    WATCHERS,
    function,
)

CALLED: tuple[Function, ...] = (
    # What gamers may do
    function(
        "PostConfirmation",
        "post_confirmation",
        may("cognito-idp:AdminAddUserToGroup", POOLS),
        Timeout=5,
        Environment={"GROUP_NAME": "Players"},
    ),
    function("Allocate", "allocate", READ_SESSION, *FREE_SEATS),
    function("Deallocate", "deallocate", READ_SESSION, may("dynamodb:UpdateItem", SEATS)),
    function("Heartbeat", "heartbeat", READ_SESSION, READ_SEATS, RENEW),
    function("Authorize", "authorize", may("dynamodb:GetItem", SESSION)),
    function("Connect", "connect", may("dynamodb:PutItem", CONNECTIONS, WATCHERS)),
    function("Disconnect", "disconnect", may("dynamodb:DeleteItem", CONNECTIONS, WATCHERS)),
    function("Ping", "ping", READ_SESSION, RENEW),
    function("UnknownAction", "unknown_action"),
    # What managers may do, and the projector
    function("OpenSession", "open_session", *RUN_SESSIONS, *KEEP_TIME),
    function("CloseSession", "close_session", *RUN_SESSIONS, *TELL, Timeout=20),
    function("StartSession", "start_session", *RUN_SESSIONS, *TELL),
    function("StartGame", "start_game", *RUN_SESSIONS, *TELL),
    function("ReadGamers", "read_gamers", READ_BOARD),
    function("ReadSessions", "read_sessions", READ_BOARD, may("dynamodb:Query", Sub("${Session.Arn}/index/ByOpening"))),
    function("ReadSeats", "read_seats", READ_SESSION, READ_SEATS, *KEEP_TIME, may("dynamodb:Scan", CONNECTIONS)),
    function("ReadBoard", "read_board", READ_BOARD, may("dynamodb:GetItem", SESSION)),
)
