"""Guessing, replaying and spying on PINs."""

import os
import socket
import statistics
import struct
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from case import SEED, NetworkCase
from host import Card, Request
from processes import wait_until
from wire import RpcError

WRONG = "9081"  # not harness.TEST_PIN
PIN_TRIES = 3
TERMINAL_FAILURES_MAX = 20
MINUTE_MS = 60_000


class PinCase(NetworkCase):
    def new_card(self, **options):
        return self.network.new_customer("Someone", balance=0, **options)

    def tries_left(self, card):
        return int(self.network.postgres.query(
            f"SELECT tries_left FROM bank.card WHERE right(pan_masked, 4) = '{card.pan[-4:]}' "
            f"AND customer_id = {self.network.customer_of(card)}"))

    def unknown_pan(self):
        """Well formed, of our IIN, and of nobody."""
        return luhn(self.network.iin + f"{uuid.uuid4().int % 10_000_000:07}")

    def guess(self, terminal, card, pin=WRONG):
        return terminal.send(terminal.session_open(card, pin))

    def opening(self, terminal, card, block, **members):
        """A session.open with this PIN block."""
        request = terminal.request("session.open", pan=card.pan, expiry=card.expiry,
                                   pin_block=block)
        return request.changed(**members) if members else request


def luhn(digits):
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


class BruteForce(PinCase):
    shape = {"bank_servers": 2, "middlewares": 2, "terminals": 8, "cards": 0}
    guesses_each = 5

    def hosts(self):
        return [self.host(number) for number in range(self.shape["terminals"])]

    def test_parallel_guesses_get_three_evaluations(self):
        card = self.new_card()
        terminals = self.hosts()
        with ThreadPoolExecutor(len(terminals)) as pool:
            answers = list(pool.map(lambda one: [self.guess(one, card)
                                                 for _ in range(self.guesses_each)], terminals))
        answers = [answer for some in answers for answer in some]
        codes = sorted(answer["rc"] for answer in answers)
        self.assertEqual(codes, ["55"] * 2 + ["75"] * (len(answers) - 2))
        self.assertEqual({answer["tries_left"] for answer in answers if answer["rc"] == "55"},
                         {2, 1})
        self.assertTrue(all(answer["retain_card"] for answer in answers if answer["rc"] == "75"))
        self.assertEqual(self.tries_left(card), 0)

    def test_right_pin_among_parallel_guesses_comes_too_late_or_resets_once(self):
        """All ways of ordering them end well: the right one is taken among the first three after
        a reset, or never."""
        card = self.new_card()
        terminals = self.hosts()
        pins = [WRONG] * (len(terminals) - 1) + [card.pin]
        with ThreadPoolExecutor(len(terminals)) as pool:
            codes = list(pool.map(lambda pair: self.guess(pair[0], card, pair[1])["rc"],
                                  zip(terminals, pins)))
        taken = codes[-1] == "00"
        self.assertIn(codes[-1], ("00", "75"))
        wrong_evaluated = codes.count("55") + (1 if self.tries_left(card) == 0 else 0)
        self.assertLessEqual(wrong_evaluated, 2 * (PIN_TRIES - 1) + 1 if taken else PIN_TRIES)

    def test_blocked_card_is_refused_everywhere_with_the_right_pin(self):
        card = self.new_card()
        terminals = self.hosts()
        codes = [self.guess(terminals[number], card)["rc"] for number in range(PIN_TRIES)]
        self.assertEqual(codes, ["55", "55", "75"])
        for terminal in terminals:
            self.assert_rc("75", self.guess(terminal, card, card.pin))

    def test_right_pin_gives_the_tries_back(self):
        card = self.new_card()
        terminal = self.host(0)
        for _ in range(3):
            self.assert_rc("55", self.guess(terminal, card))
            self.assert_rc("55", self.guess(terminal, card))
            self.assert_rc("00", self.guess(terminal, card, card.pin))
        self.assertEqual(self.tries_left(card), PIN_TRIES)

    def test_cutting_the_connection_does_not_undo_the_count(self):
        card = self.new_card()
        for number in range(PIN_TRIES):
            terminal = self.host(number)
            request = terminal.session_open(card, WRONG)
            terminal.client().send(request.method, request.params)
            self.cut(terminal)
            wait_until(lambda left=PIN_TRIES - 1 - number: self.tries_left(card) == left,
                       "the guess is counted")
        self.assert_rc("75", self.guess(self.host(4), card, card.pin))

    def cut(self, terminal):
        """A reset instead of an orderly end."""
        raw = terminal.client()._socket
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        terminal.close()

    def test_killing_bank_servers_does_not_undo_the_count(self):
        card = self.new_card()
        for number in range(PIN_TRIES):
            self.guess(self.host(number), card)
            self.network.bank_servers[number % 2].kill()
            self.network.heal()
        self.assertEqual(self.tries_left(card), 0)
        self.assert_rc("75", self.guess(self.host(5), card, card.pin))

    def test_pin_change_counts_wrong_old_pins(self):
        card = self.new_card()
        terminal = self.host(0, card)
        codes = [terminal.send(terminal.pin_change(WRONG, "1357"))["rc"] for _ in range(3)]
        self.assertEqual(codes, ["55", "55", "75"])
        self.assert_rc("75", self.guess(self.host(1), card, card.pin))
        self.assert_rc("75", terminal.send(terminal.withdrawal(10_00)))


class ManyCards(PinCase):
    """One PIN tried over many cards at one terminal."""

    shape = {"terminals": 3, "cards": 0}

    def spray(self, terminal, count):
        codes = []
        for _ in range(count):
            pan = self.unknown_pan()
            block = self.network.pins.block(WRONG, pan, terminal.terminal_id, txid := new_id())
            request = terminal.request("session.open", txid=txid, pan=pan, expiry="3012",
                                       pin_block=block)
            codes.append(terminal.send(request)["rc"])
        return codes

    def test_terminal_opens_no_session_after_twenty_wrong_pins(self):
        card = self.new_card()
        terminal, other = self.host(0), self.host(1)
        self.assertEqual(self.spray(terminal, TERMINAL_FAILURES_MAX),
                         ["55"] * TERMINAL_FAILURES_MAX)
        self.assert_rc("58", self.guess(terminal, card, card.pin))
        self.assertEqual(self.tries_left(card), PIN_TRIES)
        self.assert_rc("00", self.guess(other, card, card.pin))
        self.network.bankctl("terminal", "unblock", terminal.terminal_id)
        self.assert_rc("00", self.guess(terminal, card, card.pin))


    def test_own_card_in_between_does_not_start_the_count_anew(self):
        card = self.new_card()
        terminal = self.host(2)
        self.spray(terminal, TERMINAL_FAILURES_MAX - 1)
        self.assert_rc("00", self.guess(terminal, card, card.pin))
        self.assertEqual(self.spray(terminal, 2), ["55"] * 2)
        self.assert_rc("58", self.guess(terminal, card, card.pin))


class UnknownCard(PinCase):
    """Somebody who guesses must not learn which cards exist."""

    shape = {"terminals": 1, "cards": 0}
    rounds = 30

    def test_unknown_card_looks_like_a_wrong_pin(self):
        card = self.new_card()
        terminal = self.host(0)
        known = self.guess(terminal, card)
        card.pan, real = self.unknown_pan(), card.pan
        unknown = self.guess(terminal, card)
        self.assertEqual(known, unknown)
        card.pan = real
        terminal.open(card)

    def test_unknown_card_takes_as_long_as_a_wrong_pin(self):
        """In turns, and by the quicker ones of many, because the machine has other work too; far
        apart only if one of them skips the PIN or the commit."""
        known, unknown = self.new_card(), self.new_card()
        unknown.pan = self.unknown_pan()
        terminal = self.host(0)
        pair = [(known, []), (unknown, [])]
        for _ in range(self.rounds):
            for card, times in pair:
                request = terminal.session_open(card, WRONG)
                started = time.perf_counter()
                terminal.send(request)
                times.append(time.perf_counter() - started)
                terminal.open(known)  # gives card and terminal their tries back
            pair.reverse()
        quick = [statistics.quantiles(times)[0] for _, times in pair]
        self.assertLess(max(quick) / min(quick), 2.0, quick)

    def test_lost_card_is_told_only_after_the_right_pin(self):
        card = self.new_card()
        terminal = self.host(0)
        number = self.network.postgres.query(
            "SELECT card_id FROM bank.card WHERE customer_id = "
            f"{self.network.customer_of(card)}").strip()
        self.network.bankctl("card", "block", number, "--reason", "stolen")
        self.assert_rc("55", self.guess(terminal, card))
        answer = self.guess(terminal, card, card.pin)
        self.assert_rc("43", answer)
        self.assertTrue(answer["retain_card"])

    def test_wrong_expiry_is_told_only_after_the_right_pin(self):
        card = self.new_card()
        terminal = self.host(0)
        card.expiry = "2701" if card.expiry != "2701" else "2702"
        self.assert_rc("55", self.guess(terminal, card))
        self.assert_rc("14", self.guess(terminal, card, card.pin))


class Replay(PinCase):
    """A PIN block that was seen on its way is good for nothing else."""

    shape = {"terminals": 2, "cards": 0}

    def setUp(self):
        self.card = self.new_card()
        self.victim, self.thief = self.host(0), self.host(1)
        self.request = self.victim.session_open(self.card)
        self.block = self.request.params["pin_block"]

    def assert_no_try_was_taken(self):
        self.assertEqual(self.tries_left(self.card), PIN_TRIES)

    def test_under_another_txid(self):
        self.victim.expect("00", self.request)
        self.assert_rc("63", self.victim.send(self.opening(self.victim, self.card, self.block)))
        self.assert_no_try_was_taken()

    def test_at_another_terminal(self):
        self.assert_rc("63", self.thief.send(self.opening(self.thief, self.card, self.block)))
        self.assert_rc("63", self.thief.send(
            self.opening(self.thief, self.card, self.block, txid=self.request.txid)))
        self.assert_no_try_was_taken()

    def test_with_another_card(self):
        other = self.new_card()
        stolen = self.opening(self.victim, other, self.block, txid=self.request.txid)
        self.assert_rc("63", self.victim.send(stolen))
        self.assertEqual(self.tries_left(other), PIN_TRIES)
        self.assert_no_try_was_taken()

    def test_same_request_gets_the_stored_answer_and_opens_nothing_new(self):
        first = self.victim.expect("00", self.request)
        again = self.victim.expect("00", self.request.repeated())
        self.assertEqual(first["session"], again["session"])
        self.victim.session = first["session"]
        self.victim.expect("00", self.victim.in_session("session.close"))
        replayed = self.victim.send(self.request.repeated())
        self.victim.session = replayed.get("session", first["session"])
        self.victim.account = first["accounts"][0]["account"]
        self.assert_rc("63", self.victim.send(self.victim.balance()))

    def test_wrong_pin_is_counted_once_however_often_it_is_repeated(self):
        request = self.victim.session_open(self.card, WRONG)
        answers = [self.victim.expect("55", request)]
        answers += [self.victim.expect("55", request.repeated()) for _ in range(5)]
        self.assertEqual(answers, [answers[0]] * 6)
        self.assertEqual(self.tries_left(self.card), PIN_TRIES - 1)

    def test_too_old_and_from_the_future(self):
        for age_ms in (6 * MINUTE_MS, -6 * MINUTE_MS):
            issued_ms = int(time.time() * 1000) - age_ms
            block = self.network.pins.block(self.card.pin, self.card.pan, self.victim.terminal_id,
                                            txid := new_id(), issued_ms=issued_ms)
            answer = self.victim.send(self.opening(self.victim, self.card, block, txid=txid))
            self.assert_rc("63", answer)
        self.assert_no_try_was_taken()

    def test_any_changed_character(self):
        for position in range(0, len(self.block), max(1, len(self.block) // 16)):
            other = "A" if self.block[position] != "A" else "B"
            changed = self.block[:position] + other + self.block[position + 1:]
            request = self.opening(self.victim, self.card, changed)
            try:
                self.assert_rc("63", self.victim.send(request))
            except RpcError as error:
                self.assertEqual(error.data.get("rc"), "30", error)
        self.assert_no_try_was_taken()
        self.victim.expect("00", self.request)

    def test_pin_change_block_of_another_session(self):
        """A pin.change seen on its way cannot be played into somebody else's session."""
        self.victim.open(self.card)
        change = self.victim.pin_change(self.card.pin, "2468")
        other = self.new_card()
        self.thief.open(other)
        stolen = self.thief.in_session("pin.change", pin_block=change.params["pin_block"])
        self.assert_rc("63", self.thief.send(stolen))
        self.assert_rc("63", self.thief.send(stolen.changed(txid=change.txid, stan=900)))
        self.assertEqual(self.tries_left(other), PIN_TRIES)
        self.assert_no_try_was_taken()


def new_id():
    return str(uuid.uuid4())


class Canary(PinCase):
    """A PIN and a PAN that occur nowhere else are used in every way, good and bad, with everything
    logged as far as it goes; then all that the network wrote is searched for them."""

    shape = {"terminals": 2, "cards": 0}

    def test_no_pin_pan_key_or_token_is_anywhere(self):
        secrets = self.secrets()
        watched = set()
        self.log_all()
        card, token = self.use(secrets, watched)
        secrets["session token"] = token
        self.search(secrets, watched)
        self.assertEqual(self.tries_left(card), PIN_TRIES)

    def secrets(self):
        digits = f"{uuid.uuid4().int % 10**24:024}"
        pins = [digits[:12], digits[12:]]
        pan = luhn(self.network.iin + f"{uuid.uuid4().int % 10_000_000:07}")
        keyring = (self.network.folder / "secrets" / "keyring.ini").read_text().split("\n")
        keys = [line.split("=")[1].strip() for line in keyring if "=" in line]
        return {"PIN": pins[0], "new PIN": pins[1], "PAN": pan,
                **{f"key {number}": key for number, key in enumerate(keys)}}

    def log_all(self):
        """Debug logs of the daemons; every statement, parameter and error of PostgreSQL."""
        for daemon in self.network.bank_servers + self.network.middlewares:
            self.network.edit(daemon.name, "level = info", "level = debug")
            daemon.restart(wait=False)
        for name, value in (("log_statement", "'all'"), ("log_parameter_max_length", "-1"),
                            ("log_parameter_max_length_on_error", "-1"),
                            ("log_min_messages", "debug1"), ("log_connections", "on")):
            self.network.postgres.set(name, value)
        self.network.wait_ready()

    def watch(self, watched):
        """Remembers what all our processes' command lines and environments say now."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for name in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{pid}/{name}", "rb") as file:
                        watched.add(file.read())
                except OSError:
                    pass

    def use(self, secrets, watched):
        pin, new_pin, pan = secrets["PIN"], secrets["new PIN"], secrets["PAN"]
        card = self.new_canary_card(pan, pin)
        terminal, other = self.host(0), self.host(1)
        self.assert_rc("55", self.guess(terminal, card, new_pin))
        terminal.open(card)
        token = terminal.session
        self.watch(watched)
        terminal.expect("00", terminal.balance())
        terminal.expect("51", terminal.withdrawal(10_00))
        terminal.expect("00", terminal.pin_change(pin, new_pin))
        self.assert_rc("55", self.guess(other, card, pin))
        card.pin = new_pin
        other.open(card)
        self.misuse(other, card, token)
        self.watch(watched)
        self.network.bank_servers[0].kill()  # whatever a crash leaves behind
        self.network.heal()
        return card, token

    def new_canary_card(self, pan, pin):
        customer = self.network.bankctl("customer", "create", "--name", "Canary")["customer"]
        account = self.network.new_account(customer)
        pan_file, pin_file = self.network.folder / "pan.txt", self.network.folder / "pin.txt"
        pan_file.write_text(pan + "\n")
        pin_file.write_text(pin + "\n")
        issued = self.network.bankctl("card", "issue", "--customer", str(customer), "--accounts",
                                      account, "--pin-file", str(pin_file), "--pan-file", str(pan_file))
        for file in (pan_file, pin_file):
            file.unlink(missing_ok=True)
        return Card(pan, issued["expiry"], pin, [account])

    def misuse(self, terminal, card, token):
        """Secrets in places where they do not belong, so that errors talk about them."""
        pin, pan = card.pin, card.pan
        for members in ({"pin_block": pin}, {"pin_block": pan}, {"pin_block": f"{pin}.{pan}..."},
                        {"pan": pan + "0"}, {"pan": int(pan)}, {"pan": pin}, {"expiry": pin},
                        {"pin": pin}, {pin: pan}, {"txid": pan}, {"stan": int(pin)},
                        {"traceparent": pan}, {"deadline_ms": pan}):
            self.attempt(terminal, terminal.session_open(card, pin).changed(**members))
        for method in (pin, pan, f"session.{pan}", "withdrawal.request"):
            self.attempt(terminal, Request(method, terminal.request(
                method, session=pin, account=pan, amount=pan, currency=pin).params))
        for member in ("session", "account", "currency"):
            for secret in (pin, pan, token):
                self.attempt(terminal, terminal.balance().changed(**{member: secret}))
        for raw in (f'{{"pan":"{pan}","pin":"{pin}"', f"{pan}", f'{{"{pin}":1,"{pin}":2}}',
                    f'{{"jsonrpc":"2.0","id":"{pan}","method":"{pin}","params":["{pan}"]}}'):
            stranger = self.host(0)
            stranger.client().write(raw.encode() + b"\n")
            stranger.client().read_line(5.0)
            stranger.close()

    def attempt(self, terminal, request):
        """What comes of it is checked elsewhere; here only what is said about it counts."""
        try:
            terminal.send(request)
        except RpcError:
            pass

    def search(self, secrets, watched):
        # `where` is complete only after the daemons have written what they had to say.
        for daemon in filter(lambda one: one.alive,
                             self.network.bank_servers + self.network.middlewares):
            daemon.terminate()
        self.network.postgres.query("CHECKPOINT")
        found, looked = [], 0
        for path in self.files():
            looked += 1
            content = path.read_bytes()
            found += [f"{name} in {path}" for name, secret in secrets.items()
                      if secret.encode() in content]
        for text in watched:
            found += [f"{name} in a process's arguments or environment: {text[:200]}"
                      for name, secret in secrets.items() if secret.encode() in text]
        self.assertEqual(found, [], f"seed {SEED}")
        self.assertGreater(looked, 500)  # PostgreSQL alone has more files

    def files(self):
        """Everything below the network's folder and its PostgreSQL, but for where the keys live."""
        for top in (self.network.folder, Path(self.network.environment["TW_PG"])):
            for folder, _, names in os.walk(top):
                if folder == str(self.network.folder / "secrets"):
                    continue
                for name in names:
                    path = Path(folder) / name
                    if path.is_file() and not path.is_symlink():
                        yield path

    def test_daemons_write_no_core_file(self):
        for daemon in self.network.bank_servers + self.network.middlewares:
            limits = Path(f"/proc/{daemon.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_search_finds_what_is_there(self):
        """The check of the check."""
        seeded = self.network.folder / "log" / "seeded.log"
        seeded.write_text('{"pan":"9276000199999999"}')
        with self.assertRaisesRegex(AssertionError, "PAN in .*seeded.log"):
            self.search({"PAN": "9276000199999999"}, set())
        with self.assertRaisesRegex(AssertionError, "arguments"):
            self.search({"PAN": "9276000188888888"}, {b"tool\0--pan\0009276000188888888"})
        seeded.unlink()
