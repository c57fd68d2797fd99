#!/usr/bin/env python3
"""Holds a record of requests and answers against the store, and knows nothing of the service but its tables and its contract.

    auditor.py --record FILE [--journal FILE]... (--sqlite FILE | --postgres URL)

The record has a line for each request that was sent, before it was, for each answer, and for each checkpoint seen; words are
parted by tabs:

    sent SENDING OFFICE REQUEST CALL CHILD
    told SENDING OUTCOME POSITION WHAT
    seen SIZE ROOT

SENDING is a number, REQUEST the request id, CHILD whatever names the registration, or a dash; OUTCOME is issued, under_review,
rejected, decided or refused; WHAT a number, a case or a reason. A journal of `dinhdanh issue` (docs/journal.md) is read beside it.

What must hold: every answer is in the ledger, at its place, of its kind and with its number, and once; the same request was
always answered the same; what was refused is not there; nothing is there that nobody asked for; no number was given twice or to
two children, no child has two numbers that stand; positions have no gaps; the root of the tree over all leaves, reckoned here
anew (RFC 6962), is the one that the head has, and every checkpoint seen is one of this tree.

Prints what was counted, as JSON, and ends with 0; or names each fault and ends with 1."""

import argparse
import base64
import csv
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict

# What an entry of the ledger may be, by what its request was answered (ledger::EntryKind).
KINDS = {
    ("IssueNumber", "issued"): {1, 2, 4},
    ("IssueNumber", "under_review"): {2, 4},
    ("IssueNumber", "rejected"): {3, 4, 2},
    ("SettleNumber", "issued"): {18},
    ("SettleNumber", "under_review"): {2},
    ("ConfirmNumber", "decided"): {5},
    ("DisputeNumber", "decided"): {6},
    ("AttachNumber", "decided"): {7},
    ("ProposeRevocation", "decided"): {8},
    ("ProposeReissue", "decided"): {9},
    ("ProposeMerge", "decided"): {10},
    ("ProposeSplit", "decided"): {11},
    ("ApproveCase", "decided"): {12},
    ("RejectCase", "decided"): {13},
    ("WithdrawCase", "decided"): {14},
    ("RecordChange", "decided"): {15},
    ("ReserveBlock", "decided"): {16},
    ("CloseBlock", "decided"): {17},
    ("Import", "decided"): {24, 25, 26},
}
# Kinds that give a number to a registration for the first time.
GIVES = {1, 18, 24}
# What comparisons find has ids of the service's own; and what the service does by itself is of an office that nobody has.
FOUND, ITSELF = 27, "system"
ISSUED, CONFIRMED = 2, 3

ENTRIES = "position, kind, decision, {office}, {request_id}, slot, number, {case_id}, {leaf}"
NUMBERS = "slot, number, state, COALESCE(registration, decision)"
ATTACHED = "registration, slot, former"


class Sqlite:
    """The store of one server. Nothing is changed in it."""

    def __init__(self, path):
        self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def rows(self, columns, rest):
        names = ("request_id", "case_id", "leaf", "frontier")
        columns = columns.format(office="office", **{name: f"lower(hex({name}))" for name in names})
        return self.connection.execute(f"SELECT {columns} FROM {rest}")


class Postgres:
    """The store that servers share, by PostgreSQL's own client."""

    def __init__(self, url):
        self.url = url

    def rows(self, columns, rest):
        names = ("request_id", "case_id", "leaf", "frontier")
        columns = columns.format(
            office="convert_from(office, 'UTF8')", **{name: f"encode({name}, 'hex')" for name in names}
        )
        copy = f"COPY (SELECT {columns} FROM {rest}) TO STDOUT WITH (FORMAT csv)"
        words = ["psql", "--no-psqlrc", "--quiet", "--dbname", self.url, "--command", copy]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, encoding="utf-8") as reading:
            for row in csv.reader(reading.stdout):
                yield [cell if cell != "" else None for cell in row]
        if reading.returncode != 0:
            sys.exit("the database cannot be read")


class Tree:
    """The Merkle tree over the leaves so far: the roots of its perfect subtrees, largest first, with their sizes."""

    def __init__(self):
        self.subtrees = []

    def push(self, leaf):
        size = 1
        while self.subtrees and self.subtrees[-1][0] == size:
            leaf = node(self.subtrees.pop()[1], leaf)
            size *= 2
        self.subtrees.append((size, leaf))

    def root(self):
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        root = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            root = node(left, root)
        return root

    def frontier(self):
        return b"".join(root for _, root in self.subtrees)


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Record:
    """What was sent and answered."""

    def __init__(self):
        self.sendings = {}  # sending: (office, request), until it is answered
        self.calls = {}  # (office, request): call
        self.children = defaultdict(set)  # child: its requests
        self.answers = defaultdict(list)  # (office, request): (outcome, position, what), each once, in order
        self.seen = {}  # size: root
        self.asked = set()  # requests of journals, which do not tell the office until there is an answer
        self.counted = Counter()

    def read(self, path):
        kinds = {"sent": self.sent, "told": self.told, "seen": self.checkpoint}
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                kind, *words = line.rstrip("\n").split("\t")
                kinds[kind](*words)

    def sent(self, sending, office, request, call, child):
        key = (office, plain(request))
        self.sendings[sending] = key
        self.counted["requests"] += 1
        self.counted["resent"] += key in self.calls
        self.counted[f"sent {call}"] += 1
        self.calls[key] = call
        if child != "-":
            self.children[child].add(key)

    def told(self, sending, outcome, position, what):
        self.answered(self.sendings.pop(sending), outcome, None if position == "-" else int(position), what)

    def answered(self, key, outcome, position, what):
        self.counted["answers"] += 1
        self.counted[f"told {outcome}"] += 1
        answer = (outcome, position, what)
        if answer not in self.answers[key]:
            self.answers[key].append(answer)

    def checkpoint(self, size, root):
        self.counted["checkpoints"] += 1
        root = base64.b64decode(root)
        if self.seen.setdefault(int(size), root) != root:
            fault(f"two checkpoints of {size} entries differ")

    def journal(self, path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break
                line = json.loads(line)
                if line["kind"] == "intent":
                    self.counted["requests"] += 1
                    self.counted["sent by files"] += 1
                    self.asked.add(plain(line["request_id"]))
                elif line["kind"] == "answer" and line["outcome"] != "refused":
                    key = (line["office"], plain(line["request_id"]))
                    self.calls[key] = "IssueNumber"
                    what = line.get("number") or line.get("case_id") or line.get("reason")
                    self.answered(key, line["outcome"], line.get("position"), what)


def plain(uuid):
    return uuid.replace("-", "").lower()


faults = Counter()


def fault(text):
    faults[text] += 1
    # The first of each sort will do, and there may be a number in each.
    if faults[text] <= 3 and len(faults) <= 50:
        print(text, file=sys.stderr)


class Ledger:
    """What the store holds, with what is wrong with it by itself told on the way."""

    def __init__(self, store, seen):
        self.by_request = {}  # (office, request): (kind, decision, number, case)
        self.numbers_of = defaultdict(set)  # decision: every number it has or had
        self.holds = defaultdict(set)  # decision: its numbers, with their states
        tree, last, given = Tree(), 0, set()
        for row in store.rows(ENTRIES, "entries ORDER BY position"):
            position, kind, decision = map(int, row[:3])
            office, request, _, number, case, leaf = row[3:]
            if position != last + 1:
                fault(f"position {position} follows {last}")
            last = position
            tree.push(bytes.fromhex(leaf))
            if seen.pop(position, None) not in (None, tree.root()):
                fault(f"a checkpoint of {position} entries is not of this tree")
            if (office, request) in self.by_request:
                fault(f"entry {position}: the request has another entry")
            self.by_request[office, request] = (kind, decision, case, position)
            if number is not None:
                number = digits(number)
                self.numbers_of[position].add(number)
                if kind in GIVES:
                    if number in given:
                        fault(f"entry {position}: the number was given before")
                    given.add(number)
        for size in seen:
            fault(f"a checkpoint of {size} entries, of which there are {last}")
        [(size, frontier)] = store.rows("size, {frontier}", "head")
        if int(size) != last:
            fault(f"the head has size {size}, and there are {last} entries")
        if frontier != tree.frontier().hex():
            fault("the leaves do not add up to the root of the head")
        self.size = last
        self.read_numbers(store, given)

    def read_numbers(self, store, given):
        by_slot, every = {}, set()
        for slot, number, state, registration in store.rows(NUMBERS, "numbers"):
            number = digits(number)
            by_slot[slot] = (number, int(state))
            if number in every:
                fault("a number stands in the table twice")
            every.add(number)
            self.numbers_of[int(registration)].add(number)
            self.holds[int(registration)].add(by_slot[slot])
        for registration, slot, former in store.rows(ATTACHED, "attachments"):
            registration = int(registration)
            self.numbers_of[registration].add(by_slot[slot][0])
            self.holds[registration].add(by_slot[slot])
            if former is not None:
                self.numbers_of[registration].add(digits(former))
        if given - every:
            fault("a number that was given is not in the table")


def digits(number):
    return f"{int(number):012}"


def compare(record, ledger):
    """Holds every answer against the ledger, and the ledger against what was asked."""
    for key, answers in record.answers.items():
        call = record.calls[key]
        answered_once(call, answers)
        entry = ledger.by_request.get(key)
        for outcome, position, what in answers:
            if outcome == "refused":
                if entry:
                    fault(f"{call} was refused and stands in the ledger")
            elif entry is None:
                fault(f"{call} was answered and is not in the ledger")
            else:
                stands(call, outcome, position, what, entry, ledger)
    asked = {request for _, request in record.calls} | record.asked
    for (office, request), entry in ledger.by_request.items():
        if office != ITSELF and entry[0] != FOUND and request not in asked:
            fault(f"entry {entry[3]}, of kind {entry[0]}, was asked for by nobody")


def answered_once(call, answers):
    """The same request is answered the same; only what waits for a case may change, once."""
    outcomes = [outcome for outcome, _, _ in answers]
    changed_once = len(answers) == 2 and outcomes[0] == "under_review" and outcomes[1] in ("issued", "rejected")
    if len(answers) > 1 and not changed_once:
        fault(f"{call} was answered in several ways: {outcomes}")


def stands(call, outcome, position, what, entry, ledger):
    kind, decision, case, _ = entry
    if kind not in KINDS.get((call, outcome), ()):
        fault(f"{call} was answered {outcome} and is an entry of kind {kind}")
    if position is not None and position != decision:
        fault(f"{call} was answered with another position than that of its entry")
    if outcome == "issued" and what not in ledger.numbers_of[decision]:
        fault(f"{call} was answered with another number than that of its entry")
    if outcome == "under_review" and kind == 2 and plain(what) != case:
        fault(f"{call} was answered with another case than that of its entry")


def one_child_one_number(record, ledger):
    told_of = defaultdict(set)
    for child, requests in record.children.items():
        decisions = {ledger.by_request[key][1] for key in requests if key in ledger.by_request}
        standing = {
            number
            for decision in decisions
            for number, state in ledger.holds[decision]
            if state in (ISSUED, CONFIRMED)
        }
        if len(standing) > 1:
            fault("a child has two numbers that stand")
        for key in requests:
            for outcome, _, what in record.answers.get(key, ()):
                if outcome == "issued":
                    told_of[what].add(child)
    for children in told_of.values():
        if len(children) > 1:
            fault("two children were told the same number")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", required=True)
    parser.add_argument("--journal", action="append", default=[])
    store = parser.add_mutually_exclusive_group(required=True)
    store.add_argument("--sqlite")
    store.add_argument("--postgres")
    options = parser.parse_args()
    record = Record()
    record.read(options.record)
    for journal in options.journal:
        record.journal(journal)
    ledger = Ledger(Sqlite(options.sqlite) if options.sqlite else Postgres(options.postgres), record.seen)
    compare(record, ledger)
    one_child_one_number(record, ledger)
    if faults:
        print(f"{sum(faults.values())} faults", file=sys.stderr)
        sys.exit(1)
    record.counted["entries"] = ledger.size
    print(json.dumps(record.counted))


main()
