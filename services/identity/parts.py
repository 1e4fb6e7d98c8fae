"""The wiring: which part of the box is made of which."""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cloud.clients import client
from cloud.tables import Table
from services.identity import tables
from services.identity.box import Box
from services.identity.identities.store import Identities
from services.identity.mail.post import Post
from services.identity.pools.registry import Pools
from services.identity.secrets import vault
from services.identity.secrets.passwords import Hasher
from services.identity.secrets.vault import Vault
from services.identity.settings import Settings
from services.identity.signin.sessions import Sessions
from services.identity.triggers.trigger import Triggers
from services.identity.users.codes import Codes
from services.identity.users.directory import Users
from services.identity.users.lockout import Lockout

_POOL = 64  # connections, as many as there are threads for calls
_HANGING = 48  # functions that may be waited for at once
_FUNCTION_PATIENCE = 6  # seconds; a little more than a function has


def assemble(settings: Settings) -> Box:
    """The box on the services that the environment names."""
    found = tables.on_dynamodb(client("dynamodb", pool=_POOL))
    functions = client("lambda", retries=0, pool=_HANGING, read_timeout=_FUNCTION_PATIENCE)
    return build(
        settings, found, vault.from_home(settings.home), functions=functions, sts=client("sts"), clock=time.time
    )


def build(
    settings: Settings,
    found: Mapping[str, Table],
    sealing: Vault,
    *,
    functions: Any,
    sts: Any,
    clock: Callable[[], float],
) -> Box:
    """The box on these tables and clients. functions: boto3's Lambda client."""
    executor = ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="hash")
    hanging = ThreadPoolExecutor(_HANGING, thread_name_prefix="trigger")
    return Box(
        region=settings.region,
        account=settings.account,
        url=settings.url,
        clock=clock,
        vault=sealing,
        executor=executor,
        hasher=Hasher(executor),
        pools=Pools(found[tables.POOLS], sealing, executor),
        users=Users(found[tables.USERS], found[tables.NAMES], clock),
        codes=Codes(found[tables.ATTEMPTS], sealing, clock),
        lockout=Lockout(found[tables.ATTEMPTS], clock),
        sessions=Sessions(found[tables.SESSIONS], clock),
        triggers=Triggers(functions, settings.region, hanging),
        post=Post(found[tables.MAIL], clock, settings.smtp_url),
        identities=Identities(found[tables.IDENTITY_POOLS], found[tables.IDENTITIES], sealing, clock, executor),
        sts=sts,
        shortest_token=settings.shortest_token,
    )
