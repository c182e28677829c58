"""After a secret was rotated: addresses go under the newest master key, and are found by every index key in use.

As app.people.rewrapping: a run that was interrupted is simply started again.
"""

from __future__ import annotations

from app.database import Pool
from app.people.rewrapping import Progress, Rewrapped
from app.pushing.addressing import reseal_address
from app.sealing import Vault, number_of_master
from push import rekeying
from push.rekeying import Keys

_STAGE = "push_addresses"


async def rewrap_addresses(pool: Pool, vault: Vault, tell: Progress) -> Rewrapped:
    """Brings everything under the newest keys, and removes the lookups of retired ones."""
    keys, seen, changed, added = _keys_of(vault), 0, 0, 0
    async for page in rekeying.rekey_addresses(pool, keys):
        seen, changed, added = seen + page.read, changed + page.changed, added + page.lookups_added
        tell(_STAGE, seen)
    return Rewrapped(changed, added, await rekeying.forget_lookups(pool, keys))


async def count_addresses_to_follow(pool: Pool, vault: Vault) -> int:
    """Lookups of addresses that are not under the newest index key yet."""
    return await rekeying.count_lacking(pool, _keys_of(vault))


def _keys_of(vault: Vault) -> Keys:
    newest = vault.maker_number

    def reseal(sealed: bytes) -> bytes:
        return sealed if number_of_master(sealed) == newest else reseal_address(vault, sealed)

    def find(index: bytes) -> list[bytes]:
        chain = [index]
        while (following := vault.follow_index(chain[-1])) is not None:
            chain.append(following)
        return [one for one in chain if not vault.is_retired(one)]

    return Keys(reseal, find, vault.is_retired)
