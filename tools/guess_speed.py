"""How fast every Dutch mobile number can be tried by who has the key: the figure in docs/guide/backup.md.

Run it: python -m tools.guess_speed
"""

from __future__ import annotations

import hashlib
import time

from barrier.keys import DIGEST_BYTES, Generation, Purpose

NUMBERS = 100_000_000  # 06 and eight digits
TRIED = 2_000_000


def main() -> None:
    """Print numbers a second on one core in plain Python, and how long all of them take."""
    keyed = hashlib.blake2b(key=Generation(bytes(range(32)), None).subkey(Purpose.CONTACTS), digest_size=DIGEST_BYTES)
    begin = time.perf_counter()
    for number in range(TRIED):
        one = keyed.copy()
        one.update(b"316%08d" % number)
        one.digest()
    rate = TRIED / (time.perf_counter() - begin)
    print(f"{rate:,.0f} numbers a second on one core, all {NUMBERS:,} in {NUMBERS / rate / 60:.1f} minutes")


if __name__ == "__main__":
    main()
