"""Checks a ledger by docs/ledger-format.md alone: nothing of onepurse's own is used.

    check_ledger.py FILE.db|postgres://… [HEAD]

Prints the head and ends with 0; or prints what is wrong and ends with 1. A HEAD that was kept elsewhere (981:6f1e…) is
a place that the log has to have passed.
"""

import sqlite3
import struct
import sys

from blake3 import blake3

ENTRIES = """SELECT seq, key, kind, entry.purse, tag, name, delta, balance, at_ms, captured_ms, actor, reason, hash
    FROM entry JOIN identity ON identity.id = entry.identity JOIN asset ON asset.id = entry.asset ORDER BY seq"""
BALANCES = "SELECT purse, name, amount FROM balance JOIN asset ON asset.id = balance.asset"
HEAD = "SELECT head_seq, head_hash FROM ledger"


def reader(place):
    """A function that reads in one snapshot. Texts come as UTF-8."""
    if "://" not in place:
        connection = sqlite3.connect(place, isolation_level=None)
        connection.text_factory = bytes
        connection.execute("BEGIN")
        return connection.execute
    import psycopg2

    connection = psycopg2.connect(place, options="-c search_path=onepurse")
    connection.set_session("REPEATABLE READ", readonly=True)

    def plain(value):
        if isinstance(value, str):
            return value.replace("\U0010fffd0", "\0").replace("\U0010fffde", "\U0010fffd").encode()
        return bytes(value) if isinstance(value, memoryview) else value

    def read(query):
        cursor = connection.cursor(name="rows")
        cursor.execute(query)
        yield from (tuple(map(plain, row)) for row in cursor)
        cursor.close()

    return read


def field(value):
    """A number; or a text with its length, which is 2^64 - 1 for one that is absent."""
    if isinstance(value, int):
        return struct.pack(">q", value)
    return b"\xff" * 8 if value is None else struct.pack(">Q", len(value)) + value


def check(read, heads):
    """What is wrong. `heads` are places that the log has to pass."""
    seq, digest, keys, sums = 0, bytes(32), set(), {}
    for number, key, kind, purse, tag, asset, delta, balance, at, captured, actor, reason, kept in read(ENTRIES):
        texts = key + field(kind) + field(purse) + tag + field(asset)
        rest = map(field, (delta, balance, at, captured, actor, reason))
        hasher = blake3(digest + field(number) + texts, derive_key_context="onepurse 2026 ledger entry")
        if number != seq + 1:
            yield f"entry {number} follows entry {seq}"
        if hasher.update(b"".join(rest)).digest() != kept:
            yield f"entry {number} is not the one that its hash was made of"
        if key in keys:
            yield f"entry {number} has a key that another has"
        if sums.get((purse, asset), 0) + delta != balance:
            yield f"entry {number}: {sums.get((purse, asset), 0)} and {delta} are not {balance}"
        seq, digest, sums[purse, asset] = number, kept, balance
        keys.add(key)
        heads.discard((seq, digest))
    if list(read(HEAD)) != [(seq, digest)]:
        yield f"the log ends at entry {seq}, and that is not its head"
    for kept, digest in heads - {(0, bytes(32))}:
        yield f"the head {kept}:{digest.hex()} is not in this history"
    for platform, external, salt, tag in read("SELECT platform, external, salt, tag FROM identity WHERE salt IS NOT NULL"):
        name = platform + b":" + external
        if blake3(salt + name, derive_key_context="onepurse 2026 identity tag").digest() != tag:
            yield f"{name.decode(errors='replace')} is not the identity that its tag was made of"
    if {(purse, asset): amount for purse, asset, amount in read(BALANCES)} != sums:
        yield "the balances are not the sums of their entries"


def main(place, kept=None):
    seq, _, digest = (kept or "").partition(":")
    read = reader(place)
    wrong = list(check(read, {(int(seq), bytes.fromhex(digest))} if kept else set()))
    ((seq, digest),) = read(HEAD)
    print("\n".join(wrong[:20]) if wrong else f"{seq}:{digest.hex()}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
