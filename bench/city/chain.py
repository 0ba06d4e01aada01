"""The log of a year and its chain: written in order by one hand, for each seal needs the last.

It names people, claims and offices that exist, but does not tell of each row of the other tables
who wrote it: what came in before the platform was there was logged by nobody.
"""

import json
from datetime import timedelta
from random import Random

from bench.city.copying import Copies
from bench.city.learned import Ground
from bench.city.life import SEED
from bench.city.sizes import AUDIT_EACH, CLAIMS_EACH
from rxapp.rules import chain

EVENT = "id at actor_id office_id action object_kind object_id detail"
# Of a hundred records: what was done, to what.
KINDS = (
    ("account:signed_in", "person", 38), ("lesson:opened", "lesson", 20),
    ("quiz:answered", "lesson", 20), ("credit:granted", "credit", 12), ("claim:moved", "claim", 9),
    ("gate:denied", "", 1),
)  # fmt: skip


def put_log(address: str, ground: Ground, position: int, seal: str) -> int:
    """Write every record with its seal, after the last one there is; returns how many."""
    sizes, lot = ground.sizes, Random(f"{SEED} log")
    wanted = sizes.people * AUDIT_EACH
    kinds = [(action, kind) for action, kind, of in KINDS for _ in range(of)]
    clerks = [(clerk, office) for office, them in sizes.clerks.items() for clerk in them]
    step = timedelta(days=365) / wanted
    with Copies(address) as out:
        for id in range(position + 1, position + wanted + 1):
            action, kind = kinds[lot.randrange(100)]
            actor, office = lot.randrange(sizes.people) + 1, None
            if action == "claim:moved":
                actor, office = clerks[lot.randrange(len(clerks))]
                object_id, detail = lot.randrange(sizes.people * CLAIMS_EACH) + 1, _MOVED
            else:
                object_id, detail = actor, {}
            at = ground.now - timedelta(days=366) + step * (id - position)
            payload: dict[str, object] = {
                "id": id, "at": at.isoformat(), "actor": actor, "action": action, "kind": kind,
                "object": object_id, "detail": detail,
            }  # fmt: skip
            if office is not None:
                payload["office"] = office
            seal = chain.link(seal, payload)
            said = json.dumps(detail)
            out.put("audit_event", EVENT, [(id, at, actor, office, action, kind, object_id, said)])
            out.put("audit_seal", "position event_id digest", [(id, id, seal)])
    return wanted


_MOVED = {"act": "pass", "step": "authority", "tenths": 400}
