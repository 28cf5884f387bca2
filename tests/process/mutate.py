"""Bytes that nobody should send, from a seeded generator: noise, broken JSON, and requests that are
valid except for one or a few members."""

import copy
import json

NUMBERS = (0, -1, 1, 999, 10**6, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, -2**63, 10**30)
TEXTS = ("", " ", "\x00", "EUR", "'; DROP TABLE bank.account; --", "\u202e", "ä" * 100, "A" * 5000,
         "00000017", "-1", "1e2", "../../etc/passwd", "%s%n", "\ud800")
VALUES = NUMBERS + TEXTS + (1.5, 1e2, True, False, None, [], {}, [[]], {"a": {}})


class Mutator:
    def __init__(self, random):
        self.random = random

    def line(self, method, params, number):
        """One line without its end, made from a valid request."""
        choice = self.random.random()
        if choice < 0.15:
            return self.noise()
        envelope = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        if choice < 0.40:
            return self.bend(json.dumps(envelope).encode())
        if choice < 0.50:
            self.change(envelope)
        else:
            envelope["params"] = copy.deepcopy(params)
            for _ in range(self.random.choice((1, 1, 1, 2, 4))):
                self.change(envelope["params"])
        return json.dumps(envelope).encode()

    def noise(self):
        length = self.random.choice((1, 2, 7, 100, 5000, 70_000))
        return self.random.randbytes(length).replace(b"\n", b"\r")

    def bend(self, data):
        """A few bytes deleted, changed, doubled or put in."""
        data = bytearray(data)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randrange(len(data))
            how = self.random.randrange(4)
            if how == 0:
                del data[place:place + self.random.randint(1, 20)]
            elif how == 1:
                data[place] = self.random.randrange(256)
            elif how == 2:
                data[place:place] = data[place:place + self.random.randint(1, 50)]
            else:
                data[place:place] = self.random.choice(
                    (b"\x00", b"[" * 50, b"{", b'"', b"9" * 30, b"\xff\xfe", b",,", b"\\u0000"))
            if not data:
                return b"x"
        return bytes(data).replace(b"\n", b" ")

    def change(self, members):
        """One member of an object dropped, replaced, renamed or added."""
        if not isinstance(members, dict) or not members:
            return
        name = self.random.choice(sorted(members))
        how = self.random.randrange(5)
        value = copy.deepcopy(self.random.choice(VALUES))  # later changes reach into it
        if how == 0:
            del members[name]
        elif how == 1:
            members[name] = value
        elif how == 2:
            members[name + self.random.choice(("x", "_", " ", "\x00"))] = members.pop(name)
        elif how == 3:
            members[self.random.choice(("acquirer", "bank_code", "phase", "x", "rc"))] = value
        elif isinstance(members[name], (dict, list)):
            self.change_inside(members[name], value)
        elif isinstance(members[name], int):
            members[name] += self.random.choice((-1, 1, 1000, -10**6))
        else:
            members[name] = str(members[name])[::-1]

    def change_inside(self, value, other):
        if isinstance(value, dict):
            self.change(value)
        elif value:
            place = self.random.randrange(len(value))
            if isinstance(value[place], dict) and self.random.random() < 0.7:
                self.change(value[place])
            else:
                value[place] = other
