"""Guessing, replaying and spying on PINs."""

import contextlib
import dataclasses
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paths
from case import SEED, NetworkCase
from host import Card, Request
from machine import NO_MARGIN, step
from processes import wait_until
from watch import Watch, descendants
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
        known = [self.guess(terminal, card) for _ in range(PIN_TRIES - 1)]
        card.pan, real = self.unknown_pan(), card.pan
        unknown = [self.guess(terminal, card) for _ in range(PIN_TRIES - 1)]
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
    logged as far as it goes; then all that the network wrote is searched for them, and all that
    could be read of its processes meanwhile."""

    shape = {"terminals": 3, "cards": 0}

    def test_no_pin_pan_key_or_token_is_anywhere(self):
        secrets = self.secrets()
        self.told = []
        self.log_all()
        with Watch() as self.watch:
            card, token = self.use(secrets)
        secrets["session token"] = token
        self.told += [("a process's arguments or environment", text) for text in self.watch.seen]
        looked = self.search(secrets, self.told)
        self.assertEqual(self.tries_left(card), PIN_TRIES)
        journal = self.machine.journal_file
        for written in (journal, Path(f"{journal}.world"), Path(f"{journal}.log")):
            self.assertIn(written, looked)

    def secrets(self):
        digits = f"{uuid.uuid4().int % 10**24:024}"
        pins = [digits[:12], digits[12:]]
        pan = luhn(self.network.iin + f"{uuid.uuid4().int % 10_000_000:07}")
        keyring = (self.network.folder / "secrets" / "keyring.ini").read_text().split("\n")
        keys = [line.split("=")[1].strip() for line in keyring if "=" in line]
        return {"PIN": pins[0], "new PIN": pins[1], "PAN": pan,
                **{f"key {number}": key for number, key in enumerate(keys)}}

    def log_all(self):
        """Debug logs of the programs; every statement, parameter and error of PostgreSQL."""
        self.machine = self.network.machine(2, limits=NO_MARGIN)
        self.network.edit(self.machine.ini.stem, "level = info", "level = debug")
        for daemon in self.network.bank_servers + self.network.middlewares:
            self.network.edit(daemon.name, "level = info", "level = debug")
            daemon.restart(wait=False)
        for name, value in (("log_statement", "'all'"), ("log_parameter_max_length", "-1"),
                            ("log_parameter_max_length_on_error", "-1"),
                            ("log_min_messages", "debug1"), ("log_connections", "on")):
            self.network.postgres.set(name, value)
        self.network.wait_ready()

    def use(self, secrets):
        pin, new_pin, pan = secrets["PIN"], secrets["new PIN"], secrets["PAN"]
        card = self.new_canary_card(pan, pin)
        terminal, other = self.host(0), self.host(1)
        self.assert_rc("55", self.guess(terminal, card, new_pin))
        terminal.open(card)
        token = terminal.session
        terminal.expect("00", terminal.balance())
        terminal.expect("51", terminal.withdrawal(200_00))
        terminal.expect("00", terminal.pin_change(pin, new_pin))
        self.assert_rc("55", self.guess(other, card, pin))
        card.pin = new_pin
        other.open(card)
        self.misuse(other, card, token)
        self.use_bankctl(card)
        self.use_terminal(card, pin)
        self.network.bank_servers[0].kill()  # whatever a crash leaves behind
        self.network.heal()
        return card, token

    def new_canary_card(self, pan, pin):
        customer = self.network.bankctl("customer", "create", "--name", "Canary")["customer"]
        account = self.network.new_account(customer, 100_00)
        issued = json.loads(self.type_into(
            "bankctl", ["--json", "card", "issue", "--customer", str(customer), "--accounts",
                        account, "--pan-stdin", "--pin-stdin"], pan, pin))
        self.assertEqual(issued["pan"], pan)
        return Card(pan, issued["expiry"], pin, [account])

    def type_into(self, program, arguments, *lines):
        """Runs a program and gives it these lines, but not before its arguments were seen; returns
        what it prints."""
        ini = self.machine.ini if program == "atm-client" else self.network.folder / "etc/bankctl.ini"
        with subprocess.Popen([paths.binary(program), "--config", ini, *arguments], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            if lines:
                self.watch.wait_for(child.pid, program)
            printed, _ = child.communicate("".join(f"{line}\n" for line in lines), 60)
        self.assertEqual(child.returncode, 0, printed)
        return printed

    @contextlib.contextmanager
    def files(self, **texts):
        """Files only their owner can read, by name; gone at the end."""
        with contextlib.ExitStack() as stack:
            names = []
            for name, text in texts.items():
                path = self.network.folder / name
                path.touch(0o600)
                stack.callback(path.unlink)
                path.write_text(text + "\n")
                names.append(str(path))
            yield names

    def use_bankctl(self, card):
        """Every command that takes a secret, and one that must not."""
        self.told.append(("bankctl's output", self.type_into(
            "bankctl", ["card", "block", "--pan-stdin", "--reason", "lost"], card.pan).encode()))
        self.told.append(("bankctl's output", self.type_into(
            "bankctl", ["card", "set-pin", "--pan-stdin", "--pin-stdin"], card.pan,
            card.pin).encode()))
        with self.files(pan=card.pan) as (pan_file,):
            self.network.bankctl("card", "unblock", "--pan-file", pan_file, "--reason", "lost")
            wrong = self.network.run_bankctl("card", "unblock", "--pan-file", pan_file, "--reason",
                                             "stolen")
        self.assertEqual(wrong.returncode, 1)
        self.told.append(("bankctl's complaint", wrong.stderr.encode()))

    def use_terminal(self, card, next_pin):
        """The real terminal: a script with a guess, cash, a new PIN and a power loss; commands."""
        machine = self.machine
        reports = machine.fill()
        with machine.life() as life:
            self.watch.wait_for(life.pid, "atm-client")
            for one in (step("open", dataclasses.replace(card, pin=next_pin)),
                        step("balance", card), step("withdraw", amount=20_00),
                        step("deposit", notes=[{"denomination": 2000, "count": 2}]),
                        step("statement"), step("transfer", to=card.accounts[0], amount=1_00),
                        step("pin-change", new_pin=next_pin), step("journal"), step("close")):
                reports.append(life.play(one))
        card.pin = next_pin
        self.assertEqual([report.get("rc") for report in reports[2:7]],
                         ["55", "00", "00", "00", "00"])
        reports += machine.play(step("withdraw", card, amount=20_00), crash_at="atm.dispensed")
        reports += machine.settle()
        number = ["balance", "--expiry", card.expiry, "--json"]
        reports.append(self.type_into("atm-client", [*number, "--card", "-"], card.pan, card.pin))
        with self.files(pan=card.pan, pin=card.pin) as (pan_file, pin_file):
            reports.append(self.type_into("atm-client", [*number, "--card-file", pan_file,
                                                         "--pin-file", pin_file]))
        self.told += [("a terminal's report", json.dumps(report).encode()) for report in reports]

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

    def search(self, secrets, told):
        """told: (where, bytes) that are in no file. Returns the files that were read."""
        # They are complete only after the daemons have written what they had to say.
        for daemon in filter(lambda one: one.alive,
                             self.network.bank_servers + self.network.middlewares):
            daemon.terminate()
        self.network.postgres.query("CHECKPOINT")
        found, looked = [], set()
        for path in self.written():
            looked.add(path)
            content = path.read_bytes()
            found += [f"{name} in {path}" for name, secret in secrets.items()
                      if secret.encode() in content]
        for where, text in told:
            found += [f"{name} in {where}: {text[:200]}" for name, secret in secrets.items()
                      if secret.encode() in text]
        self.assertEqual(found, [], f"seed {SEED}")
        self.assertGreater(len(looked), 500)  # PostgreSQL alone has more files
        return looked

    def written(self):
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
            self.search({"PAN": "9276000199999999"}, [])
        seeded.unlink()
        with self.assertRaisesRegex(AssertionError, "PAN in a report"):
            self.search({"PAN": "9276000188888888"}, [("a report", b'{"pan":"9276000188888888"}')])

    def test_watch_sees_arguments_and_environments(self):
        """The check of the other check, on a child and a grandchild."""
        patient = "import sys; sys.stdin.read()"
        nested = ("import subprocess, sys; subprocess.run([sys.executable, '-c', "
                  f"{patient!r}, *sys.argv[1:]], check=True)")
        with Watch() as watch:
            with subprocess.Popen([sys.executable, "-c", nested, "argument 9276000177777777"],
                                  env={"TW_TEST": "environment 9276000166666666"},
                                  stdin=subprocess.PIPE) as child:
                below = wait_until(lambda: descendants(child.pid)[1:], "the grandchild runs")
                for pid in (child.pid, *below):
                    watch.wait_for(pid, Path(sys.executable).name)
                child.stdin.close()
            subprocess.run(["true", "argument 9276000155555555"], check=True,
                           env={"TW_TEST": "environment 9276000144444444"})
        seen = b"\n".join(watch.seen)
        self.assertIn(b"true\0argument 9276000155555555", seen)
        self.assertIn(b"environment 9276000144444444", seen)
        self.assertIn(b"argument 9276000177777777", seen)
        self.assertIn(b"environment 9276000166666666", seen)
        self.assertIn(patient.encode() + b"\0argument 9276000177777777", seen)
