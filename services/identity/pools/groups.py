"""Groups of users, their precedence and their roles.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html
"""

from typing import Any

from cloud.errors import AwsError
from cloud.tables import Conflict
from services.identity.box import Answer, Asked, Box
from services.identity.pools.pool import Pool
from services.identity.users.paging import page
from services.identity.users.user import User

_FIELDS = ("Description", "RoleArn", "Precedence")


async def create_group(box: Box, asked: Asked) -> Answer:
    """A new group."""
    pool, now = await box.pools.get(asked["UserPoolId"]), box.clock()
    group = {
        "GroupName": asked["GroupName"],
        "UserPoolId": pool.id,
        **_given(asked),
        "CreationDate": now,
        "LastModifiedDate": now,
    }
    try:
        await box.pools.put(pool, "group", asked["GroupName"], group, new=True)
    except Conflict as error:
        raise AwsError("GroupExistsException", "A group with the name already exists.") from error
    return {"Group": group}


async def get_group(box: Box, asked: Asked) -> Answer:
    """One group."""
    pool = await box.pools.get(asked["UserPoolId"])
    return {"Group": pool.group(asked["GroupName"])}


async def update_group(box: Box, asked: Asked) -> Answer:
    """What is given replaces what was; the rest stays."""
    pool = await box.pools.get(asked["UserPoolId"])
    group = {**pool.group(asked["GroupName"]), **_given(asked), "LastModifiedDate": box.clock()}
    await box.pools.put(pool, "group", asked["GroupName"], group, new=False)
    return {"Group": group}


async def delete_group(box: Box, asked: Asked) -> Answer:
    """The group is gone, from its members too."""
    pool = await box.pools.get(asked["UserPoolId"])
    name = pool.group(asked["GroupName"])["GroupName"]
    await box.pools.remove(pool, "group", name)
    for user in await box.users.all(pool):
        if name in user.groups:
            await box.users.change(user, lambda now: {"groups": [one for one in now.groups if one != name]})
    return {}


async def list_groups(box: Box, asked: Asked) -> Answer:
    """All groups, by name."""
    pool = await box.pools.get(asked["UserPoolId"])
    return _page("Groups", [pool.groups[name] for name in sorted(pool.groups)], asked)


async def list_users_in_group(box: Box, asked: Asked) -> Answer:
    """The members of a group."""
    pool = await box.pools.get(asked["UserPoolId"])
    name = pool.group(asked["GroupName"])["GroupName"]
    members = [user for user in await box.users.all(pool) if name in user.groups]
    answer = _page("Users", members, asked)
    return {**answer, "Users": [user.listed() for user in answer["Users"]]}


async def admin_add_user_to_group(box: Box, asked: Asked) -> Answer:
    """The user is a member, whether it was before or not."""
    pool, user, name = await _member(box, asked)
    assert pool.group(name)
    await box.users.change(user, lambda now: {"groups": list(dict.fromkeys([*now.groups, name]))})
    return {}


async def admin_remove_user_from_group(box: Box, asked: Asked) -> Answer:
    """The user is a member no longer."""
    _, user, name = await _member(box, asked)
    await box.users.change(user, lambda now: {"groups": [one for one in now.groups if one != name]})
    return {}


async def admin_list_groups_for_user(box: Box, asked: Asked) -> Answer:
    """A user's groups, the best precedence first."""
    pool = await box.pools.get(asked["UserPoolId"])
    user = await box.users.get(pool, asked["Username"])
    return _page("Groups", pool.groups_of(list(user.groups)), asked)


async def _member(box: Box, asked: Asked) -> tuple[Pool, User, str]:
    pool = await box.pools.get(asked["UserPoolId"])
    group = pool.group(asked["GroupName"])
    return pool, await box.users.get(pool, asked["Username"]), str(group["GroupName"])


def _given(asked: Asked) -> dict[str, Any]:
    return {name: asked[name] for name in _FIELDS if asked.get(name) is not None}


def _page(name: str, found: list[Any], asked: Asked) -> dict[str, Any]:
    shown, more = page(found, asked.get("Limit"), asked.get("NextToken"))
    return {name: list(shown), **({"NextToken": more} if more else {})}


OPERATIONS = {
    "CreateGroup": create_group,
    "GetGroup": get_group,
    "UpdateGroup": update_group,
    "DeleteGroup": delete_group,
    "ListGroups": list_groups,
    "ListUsersInGroup": list_users_in_group,
    "AdminAddUserToGroup": admin_add_user_to_group,
    "AdminRemoveUserFromGroup": admin_remove_user_from_group,
    "AdminListGroupsForUser": admin_list_groups_for_user,
}
