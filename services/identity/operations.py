"""Every operation that is reproduced, by its name on the wire."""

from collections.abc import Awaitable, Callable, Mapping

from services.identity.box import Answer, Asked, Box
from services.identity.identities import credentials
from services.identity.identities import pools as identity_pools
from services.identity.pools import clients, groups, pools, servers
from services.identity.signin import challenges, flows, refresh
from services.identity.users import account, admin, one_time, recovery, sign_up

Operation = Callable[[Box, Asked], Awaitable[Answer]]

USER_POOLS: Mapping[str, Operation] = {
    **pools.OPERATIONS,
    **clients.OPERATIONS,
    **groups.OPERATIONS,
    **servers.OPERATIONS,
    **sign_up.OPERATIONS,
    **recovery.OPERATIONS,
    **account.OPERATIONS,
    **admin.OPERATIONS,
    **one_time.OPERATIONS,
    **flows.OPERATIONS,
    **challenges.OPERATIONS,
    **refresh.OPERATIONS,
}
IDENTITY_POOLS: Mapping[str, Operation] = {**identity_pools.OPERATIONS, **credentials.OPERATIONS}
