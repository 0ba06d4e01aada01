"""What a December evening is made of, for each learner who watches. The arithmetic:

A beat every 10 s: 0.1 a second. A quiz every 5 to 12 minutes of film, 510 s on average, comes with
a beat and is answered once: 1/510. A lesson of 45 minutes: its last beat writes what was learned,
and the next lesson is opened: 1/2700. Another page every ten minutes: 1/600. Somebody stays for
two lessons, so a sign-in with a password every 5400 s: 1/5400.

Clerks: 4,000,000 claims came in five years, 800,000 a year, half of them in December: 400,000 in
22 days of 8 hours, 0.63 a second, each looked at by an employer and by a department, 1.26
decisions a second; twice that in the fullest hour, 2.5 while 20,000 watch: 1/8000 for each. A
clerk takes 20 s for one.

Those who only look how they stand: 500,000 people four times in 31 days of 14 hours, 1.3 a second,
three times that in the fullest hour, 4 while 20,000 watch: 1/5000, each a sign-in kept from
before, a websocket, the first page and the page of years.
"""

BEAT_SECONDS = 10
PAGE_SECONDS = 600
SIGN_IN_SECONDS = 5_400
DECISION_SECONDS = 8_000
CLERK_SECONDS = 20
VISIT_SECONDS = 5_000
WATCHERS_OF_A_CITY = 20_000
# The knee is where the 95th of a hundred beats takes longer.
LONGEST_BEAT_MS = 200


def clerks(watchers: int) -> int:
    """How many clerks decide while so many watch."""
    return max(2, round(watchers * CLERK_SECONDS / DECISION_SECONDS))
