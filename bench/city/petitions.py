"""The rows of one person's claims: what was said on each, its proof, the line it brought."""

from datetime import datetime, timedelta

from bench.city import life as lives
from bench.city.copying import Copies
from bench.city.learned import Ground, Home, credit_ids
from bench.city.life import Asked, Life
from bench.city.residents import claim_id

CLAIM = (
    "id number person_id status step office_id organisation_id rule_id typed title year earned_on "
    "subject hours proof_hash batch first_submitted_at submitted_at waiting_since ended_at "
    "credit_id grants appealed created_at saved_at version"
)
DECISION = "id claim_id status step act points remarks hours note office_id by_id seconds at"
EVIDENCE = (
    "id purpose name media_type size pages file preview source_sha256 uploaded_by uploaded_at"
)
POINTS = '["kind","content","time","hours","result","truth","complete","timely"]'
WORDS_EACH = 4


def put_claims(out: Copies, ground: Ground, home: Home, life: Life) -> None:
    """Send all claims of a person."""
    if not life.claims:
        return
    lines = {line.place: id for id, line in credit_ids(ground, life) if line.source == lives.CLAIM}
    for one in life.claims:
        id = claim_id(ground, life.person, one)
        _put_claim(out, ground, home, life, one, id, lines.get(one.place))
        _put_words(out, ground, home, life, one, id)
        _put_proof(out, life, one, id)


def offices(ground: Ground, home: Home) -> tuple[int, int, int]:
    """The offices of the first look, of the second, and of an appeal."""
    second = ground.sizes.parent(home.office) or 1
    first = second = home.office if home.joint else second
    if not home.joint:
        first = home.office
    return first, second, ground.sizes.parent(second) or 1


def stands(home: Home, one: Asked) -> str:
    """The step a claim is at; whoever has no employer is looked at once."""
    return "joint" if home.joint and one.step in ("employer", "authority") else one.step


def _put_claim(
    out: Copies, ground: Ground, home: Home, life: Life, one: Asked, id: int, credit: int | None
) -> None:
    first, second, above = offices(ground, home)
    office = {"employer": first, "joint": first, "person": first, "appeal": above}.get(
        stands(home, one), second
    )
    over = one.step == "done"
    granted = one.status == "granted"
    sent = one.since - timedelta(days=1)
    level = '"level": "invention", "rank": "1", ' if one.rule == "patent" else ""
    typed = f'{{{level}"title": "{one.title}", "earned_on": "{one.earned}"}}'
    out.put(
        "claim", CLAIM,
        [(
            id, f"SB{id:014d}", life.person, one.status, stands(home, one), office, home.office,
            ground.rules[one.rule], typed, one.title, one.earned.year, one.earned, "professional",
            lives.CLAIM_HOURS, "", "", sent, sent, one.since, one.since if over else None,
            credit if granted else None, int(granted or one.status == "revoked"),
            one.step == "appeal", sent, sent, 2,
        )],
        part=one.place,
    )  # fmt: skip


def _put_words(out: Copies, ground: Ground, home: Home, life: Life, one: Asked, id: int) -> None:
    first, second, _ = offices(ground, home)
    clerks = ground.sizes.clerks
    sent = one.since - timedelta(days=1)
    said: list[tuple[str, str, str, int | None, int, datetime]] = [
        ("draft", "person", "submit", None, life.person, sent)
    ]
    by_first, by_second = clerks[first][id % len(clerks[first])], clerks[second][id % len(
        clerks[second]
    )]  # fmt: skip
    if not home.joint and (one.step in ("authority", "appeal") or one.status in _DECIDED):
        said.append(("submitted", "employer", "pass", first, by_first, one.since))
    if one.status == "returned":
        said.append(("submitted", "employer", "return", first, by_first, one.since))
    if one.status in _DECIDED or one.step == "appeal":
        act = "pass" if one.status in ("granted", "revoked") else "reject"
        step = "joint" if home.joint else "authority"
        said.append(("submitted", step, act, second, by_second, one.since))
    if one.status == "withdrawn":
        said.append(("submitted", "employer", "withdraw", None, life.person, one.since))
    out.put(
        "claim_decision", DECISION,
        (
            (id * WORDS_EACH + place, id, status, step, act, POINTS if office else "[]", "{}",
             lives.CLAIM_HOURS, "", office, by, 20 if office else 0, at)
            for place, (status, step, act, office, by, at) in enumerate(said)
        ),
        part=one.place,
    )  # fmt: skip


_DECIDED = frozenset({"granted", "rejected", "revoked"})


def _put_proof(out: Copies, life: Life, one: Asked, id: int) -> None:
    sha = f"{id * 2_654_435_761 % 2**32:016x}{id:048x}"
    sent = one.since - timedelta(days=1)
    out.put(
        "evidence", EVIDENCE,
        [(id, "claim", "证书.jpg", "image/jpeg", 300_000, 1, f"{id:064x}.jpg", f"{id:063x}0.jpg",
          sha, life.person, sent)],
        part=one.place,
    )  # fmt: skip
    out.put("claim_file", "id claim_id evidence_id need", [(id, id, id, "certificate")],
            part=one.place)  # fmt: skip
