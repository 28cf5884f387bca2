"""bankctl as operators and their scripts use it: every command, in all output forms, wrong
arguments, migrations that were tampered with, books that were tampered with."""

import csv
import io
import itertools
import json
import re
import stat
import subprocess
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor

import paths
from case import NetworkCase
from host import Card

OK, REFUSED, FAILED = 0, 1, 2
CHOSEN_PAN = "9276000112345671"
UNKNOWN_PAN = "9276000100000007"
BIRCH, CEDAR = "90000002", "90000003"
NO_TXID = "01890000-0000-7000-8000-00000000dead"


class BankctlCase(NetworkCase):
    spoils = True  # operators change everything
    shape = {"terminals": 1, "cards": 0}

    def run_ctl(self, *arguments, text=None, exit_code=OK):
        done = self.network.run_bankctl(*arguments, text=text)
        self.assertEqual(done.returncode, exit_code,
                         f"bankctl {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *arguments, text=None, exit_code=OK):
        """What a program reads: one line of JSON on standard output."""
        done = self.run_ctl("--json", *arguments, text=text, exit_code=exit_code)
        self.assertEqual(done.stdout.count("\n"), 1, done.stdout)
        return json.loads(done.stdout)

    def refused(self, *arguments, text=None, exit_code=REFUSED):
        """The error as a program reads it; nothing on standard output."""
        done = self.run_ctl("--json", *arguments, text=text, exit_code=exit_code)
        self.assertEqual(done.stdout, "")
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def sql(self, text):
        return self.network.postgres.query(f"SET search_path = bank; {text}")

    def customer(self, deposit="0"):
        """Customer number and IBAN."""
        number = self.json("customer", "create", "--name", "Somebody")["customer"]
        opened = self.json("account", "open", "--customer", str(number), "--deposit", deposit)
        return number, opened["iban"]

    _serials = itertools.count(1)

    def directory(self, *banks, serial=None, key="ca/root.key"):
        """A signed directory of this bank and others, each (code, IIN), of the next serial."""
        folder = self.network.folder / "pki"
        entries = [{"bank_code": code, "name": f'Bank "{code}"', "currency": "EUR", "iins": [iin],
                    "addresses": ["127.0.0.1:7101", "bank.invalid:7102"]}
                   for code, iin in [(self.network.bank_code, self.network.iin), *banks]]
        payload = {"serial": serial or next(self._serials), "issued": "2026-11-20T09:00:00Z",
                   "banks": entries}
        file = self.network.folder / f"directory-{payload['serial']}.jws"
        subprocess.run([paths.binary("directory"), "sign", "--key", folder / key, "--in", "-",
                        "--out", file], input=json.dumps(payload), text=True, check=True)
        return file

    def suspect(self, card, amount=20_00):
        """The txid of a withdrawal of which its terminal does not know how it ended."""
        terminal = self.host(0, card)
        request = terminal.withdrawal(amount)
        terminal.expect("00", request)
        terminal.expect("00", terminal.confirmation(request, suspect=True))
        return request.txid

    def found_break(self):
        """The id of a break, of nothing at all, in a closed window that is otherwise agreed."""
        self.run_ctl("directory", "import", str(self.directory((BIRCH, "92760002"))))
        window = self.json("window", "advance")["window"] - 1
        found = str(uuid.uuid4())
        self.sql(f"""INSERT INTO window_pair (window_no, peer_code, state)
                     VALUES ({window}, {BIRCH}, 'AGREED');
                     INSERT INTO recon_break (break_id, window_no, peer_code, txid, class, ours_minor,
                                              theirs_minor, opened_on)
                     VALUES ('{found}', {window}, {BIRCH}, '{uuid.uuid4()}', 'MISSING_HERE', 0, 0,
                             '2026-11-20')""")
        return found


class Session:
    """One session that uses every command once."""

    def commands(self):
        """(arguments, standard input) in an order that works; the second run finds other data."""
        customer, iban = self.customer("100.00")
        spare = self.json("account", "open", "--customer", str(customer), "--product", "savings")
        card = self.json("card", "issue", "--customer", str(customer), "--accounts", iban,
                         "--pin-stdin", text="4271\n")
        terminal = str(customer + 5000)
        self.run_ctl("terminal", "enrol", terminal, "--location", "First street")
        suspect = self.suspect(Card(card["pan"], card["expiry"], "4271", [iban]))
        found = self.found_break()
        heads = self.network.folder / "heads.json"
        heads.write_text(self.run_ctl("--json", "heads").stdout)
        return [
            (["migrate"], None),
            (["bank", "show"], None),
            (["bank", "capital", "1000000"], None),
            (["bank", "advance-date"], None),
            (["bank", "raise-epoch"], None),
            (["bank", "surcharge", "3.50"], None),
            (["bank", "peer-limit", "50000"], None),
            (["directory", "import", str(self.directory((BIRCH, "92760002")))], None),
            (["directory", "show"], None),
            (["routes"], None),
            (["peers"], None),
            (["peer", "limit", BIRCH, "1000.50"], None),
            (["peer", "interchange", BIRCH, "0.35"], None),
            (["peer", "suspend", BIRCH], None),
            (["peer", "resume", BIRCH], None),
            (["window", "show"], None),
            (["window", "advance"], None),
            (["window", "schedule", "06:00,22:00"], None),
            (["window", "schedule", "none"], None),
            (["window", "list", "--count", "5"], None),
            (["window", "pairs"], None),
            (["window", "open-items", "--peer", BIRCH], None),
            (["breaks", "--all"], None),
            (["break", "show", found], None),
            (["break", "assign", found, "ada"], None),
            (["break", "resolve", found, "--as", "ours", "--note", "seen"], None),
            (["reserve", "pay-in", "20.00"], None),
            (["reserve", "pay-out", "5.00"], None),
            (["positions", "--window", "1"], None),
            (["interbank", "items", "--peer", BIRCH, "--window", "1"], None),
            (["saf", "--peer", BIRCH], None),
            (["transfer", "list", "--state", "held", "--count", "3"], None),
            (["customer", "create", "--name", "Ada"], None),
            (["customer", "list"], None),
            (["account", "open", "--customer", str(customer), "--overdraft", "50",
              "--daily-limit", "500.00", "--deposit", "12.34"], None),
            (["account", "deposit", iban, "20"], None),
            (["account", "withdraw", iban, "5.50"], None),
            (["account", "limits", iban, "--overdraft", "10", "--no-daily-limit"], None),
            (["account", "block", iban], None),
            (["account", "unblock", iban], None),
            (["account", "close", spare["account"]], None),
            (["account", "reopen", spare["account"]], None),
            (["account", "list", "--customer", str(customer)], None),
            (["account", "list", "--ledger"], None),
            (["card", "issue", "--customer", str(customer), "--accounts", iban, "--pin-stdin"],
             "123456\n"),
            (["card", "block", card["card"], "--reason", "lost"], None),
            (["card", "unblock", "--pan-stdin", "--reason", "lost"], card["pan"] + "\n"),
            (["card", "set-pin", card["card"], "--pin-stdin"], "5309\n"),
            (["card", "limits", card["card"], "--daily-limit", "80", "--daily-count", "2"], None),
            (["card", "list"], None),
            (["terminal", "enrol", str(customer + 6000), "--location", "Main street"], None),
            (["terminal", "unblock", terminal], None),
            (["terminal", "revoke", terminal], None),
            (["terminal", "list"], None),
            (["suspects"], None),
            (["suspect", "resolve", suspect, "--inside"], None),
            (["load", "--customers", "3", "--prefix", "Bulk", "--deposit", "1"], None),
            (["statement", iban], None),
            (["statement", iban, "--from", "2026-01-01"], None),
            (["totals"], None),
            (["ledger", "--count", "5"], None),
            (["heads"], None),
            (["actions", "--count", "100"], None),
            (["audit", "--heads", str(heads)], None),
        ]


class Commands(Session):
    """It, for people and for programs."""

    def test_every_command_prints_for_people(self):
        for arguments, text in self.commands():
            with self.subTest(arguments):
                done = self.run_ctl(*arguments, text=text)
                self.assertNotEqual(done.stdout.strip(), "")
                self.assertEqual(done.stderr, "")
                with self.assertRaises(ValueError):
                    json.loads(done.stdout)

    def test_every_command_prints_json(self):
        for arguments, text in self.commands():
            with self.subTest(arguments):
                self.assertIsInstance(self.json(*arguments, text=text), (dict, list))

    def test_this_session_leaves_no_command_out(self):
        listed = re.findall(r"^  ([a-z]+(?: [a-z-]+)?)", self.run_ctl("help").stdout, re.MULTILINE)
        used = [" ".join(arguments) for arguments, _ in self.commands()]
        left = [name for name in listed if not any(one.startswith(name) for one in used)]
        # Which made this network, and which needs another bank's customer to pay into this one.
        self.assertEqual(left, ["bank create", "transfer return"])

    def test_json_may_stand_behind_the_command(self):
        before = json.loads(self.run_ctl("--json", "bank", "show").stdout)
        behind = json.loads(self.run_ctl("bank", "show", "--json").stdout)
        self.assertEqual(before, behind)


class Arguments:
    wrong = [
        [],
        ["nonsense"],
        ["bank"],
        ["--unknown", "totals"],
        ["totals", "extra"],
        ["customer", "create"],
        ["customer", "create", "--name"],
        ["customer", "create", "--name", "A", "--name", "B"],
        ["customer", "create", "--name", "A", "--number", "0"],
        ["account", "open"],
        ["account", "open", "--customer", "one"],
        ["account", "open", "--customer", "1", "--product", "gold"],
        ["account", "open", "--customer", "1", "--overdraft", "-5"],
        ["account", "open", "--customer", "1", "--overdraft", "1e3"],
        ["account", "open", "--customer", "1", "--overdraft", "1.005"],
        ["account", "open", "--customer", "1", "--number", "5"],
        ["account", "deposit", "1000000001"],
        ["account", "deposit", "1000000001", "ten"],
        ["account", "deposit", "DE00900000011000000001", "10"],
        ["account", "deposit", "1000000001", "10", "--txid", "7"],
        ["card", "issue", "--customer", "1", "--accounts", "1000000001"],
        ["card", "block", "1", "--reason", "whim"],
        ["card", "block", "92760001****5674", "--reason", "lost"],
        ["card", "block", "--reason", "lost"],
        ["card", "set-pin", "1"],
        ["card", "set-pin", "--pin-stdin"],
        ["card", "set-pin", "1", "--pin-file", "/nonexistent"],
        ["card", "set-pin", "1", "--pin", "1234"],
        ["card", "limits", "1"],
        ["card", "limits", "1", "--daily-limit", "-5"],
        ["card", "limits", "1", "--daily-count", "1001"],
        ["card", "limits", "--daily-count", "5"],
        ["card", "block", "1", "--pan-stdin", "--reason", "lost"],
        ["card", "block", "--pan-file", "/nonexistent", "--reason", "lost"],
        ["card", "block", "--pan-file", "a", "--pan-stdin", "--reason", "lost"],
        ["terminal", "enrol", "0", "--location", "x"],
        ["suspects", "extra"],
        ["suspect", "resolve"],
        ["suspect", "resolve", NO_TXID],
        ["suspect", "resolve", NO_TXID, "--taken", "--inside"],
        ["suspect", "resolve", "7", "--taken"],
        ["terminal", "enrol", "100000000", "--location", "x"],
        ["terminal", "enrol", "5", "--location", "x", "--count", "0"],
        ["terminal", "enrol", "5", "--location", "x", "--count", "100001"],
        ["bank", "advance-date", "--to", "2026-02-30"],
        ["bank", "surcharge"],
        ["bank", "surcharge", "-1"],
        ["bank", "peer-limit", "many"],
        ["directory", "import"],
        ["directory", "import", "/nonexistent"],
        ["peer", "limit", BIRCH],
        ["peer", "limit", BIRCH, "-1"],
        ["peer", "limit", "birch", "1"],
        ["peer", "interchange", "80000001", "1"],
        ["peer", "suspend"],
        ["window"],
        ["positions", "--window", "0"],
        ["window", "schedule", "6:00"],
        ["window", "list", "--count", "0"],
        ["window", "open-items", "--peer", "7"],
        ["breaks", "--window", "x"],
        ["break", "show", "7"],
        ["break", "assign", NO_TXID],
        ["break", "resolve", NO_TXID],
        ["break", "resolve", NO_TXID, "--as", "mine"],
        ["break", "resolve", NO_TXID, "--as", "neither"],
        ["break", "resolve", NO_TXID, "--as", "ours", "--amount", "1"],
        ["break", "resolve", NO_TXID, "--as", "neither", "--amount", "--1"],
        ["reserve", "pay-in"],
        ["reserve", "pay-out", "-1"],
        ["transfer", "return"],
        ["transfer", "return", "7"],
        ["transfer", "list", "--state", "lost"],
        ["transfer", "list", "--count", "0"],
        ["interbank", "items"],
        ["interbank", "items", "--peer", "1"],
        ["saf", "--peer", "x"],
        ["ledger", "--count", "0"],
        ["--json", "--csv", "totals"],
        ["load", "--customers", "0"],
        ["load", "--customers", "1", "--without-cards", "--cards-file", "/nonexistent/cards.csv"],
        ["load", "--customers", "1", "--without-cards", "--card-limit", "1.00"],
        ["audit", "--heads", "/nonexistent"],
    ]

    def test_wrong_arguments_are_told_and_change_nothing(self):
        before = self.sql("SELECT count(*) FROM operator_action")
        for arguments in self.wrong:
            with self.subTest(arguments):
                done = self.run_ctl(*arguments, exit_code=FAILED)
                self.assertEqual(done.stdout, "")
                self.assertNotEqual(done.stderr, "")
        self.assertEqual(self.sql("SELECT count(*) FROM operator_action"), before)

    def test_help_version_and_configuration(self):
        for arguments in (["--help"], ["help"], ["help", "card"], ["help", "config"],
                          ["--version"]):
            self.assertNotEqual(self.run_ctl(*arguments).stdout, "")
        self.run_ctl("--check-config")
        done = subprocess.run([paths.binary("bankctl"), "--config", "/nonexistent", "totals"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("/nonexistent", done.stderr)

    def test_what_does_not_exist_is_refused(self):
        for arguments in (["account", "open", "--customer", "999999"],
                          ["account", "deposit", "9999999999", "10"],
                          ["account", "block", "9999999999"],
                          ["card", "block", "12345", "--reason", "lost"],
                          ["card", "limits", "12345", "--daily-count", "5"],
                          ["terminal", "revoke", "99999999"],
                          ["suspect", "resolve", NO_TXID, "--taken"],
                          ["statement", "9999999999"]):
            with self.subTest(arguments):
                self.refused(*arguments)

    def test_what_exists_is_refused(self):
        customer, iban = self.customer()
        self.refused("customer", "create", "--name", "A", "--number", str(customer))
        self.refused("account", "open", "--customer", str(customer), "--number", iban[-10:])
        self.refused("terminal", "enrol", self.network.terminal_ids[0], "--location", "x")
        self.refused("bank", "create", "--name", "x", "--currency", "EUR", "--iin", "92760009",
                     "--business-date", "2026-01-01")
        today = self.json("bank", "show")["business_date"]
        self.refused("bank", "advance-date", "--to", today)

    def test_another_banks_database_is_refused(self):
        self.network.edit("bankctl", self.network.bank_code, "90000099")
        try:
            error = self.refused("totals", exit_code=FAILED)
        finally:
            self.network.edit("bankctl", "90000099", self.network.bank_code)
        self.assertEqual(error["code"], "CONFIG")


class Migrations:
    def test_again_changes_nothing(self):
        before = self.sql("SELECT * FROM migration ORDER BY 1")
        states = self.json("migrate")
        self.assertEqual({one["state"] for one in states}, {"there"})
        self.assertEqual(self.sql("SELECT * FROM migration ORDER BY 1"), before)
        self.assertEqual(len(states), len(before.splitlines()))

    def with_history(self, change, undo):
        self.sql(change)
        try:
            return self.refused("migrate")["reason"]
        finally:
            self.sql(undo)

    def test_edited_migration_is_refused(self):
        checksum = self.sql("SELECT checksum FROM migration WHERE migration_no = 2").strip()
        reason = self.with_history(
            "UPDATE migration SET checksum = sha256('edited') WHERE migration_no = 2",
            f"UPDATE migration SET checksum = '{checksum}' WHERE migration_no = 2")
        self.assertIn("another text", reason)

    def test_migration_of_a_newer_program_is_refused(self):
        reason = self.with_history(
            "INSERT INTO migration VALUES (9999, '9999_future', sha256('x'))",
            "DELETE FROM migration WHERE migration_no = 9999")
        self.assertIn("9999_future", reason)


class Money:
    def test_statement_and_totals_tell_the_same(self):
        before = self.json("totals")
        _, iban = self.customer("100.00")
        self.json("account", "deposit", iban, "20.05")
        self.json("account", "withdraw", iban, "0.50")
        statement = self.json("statement", iban)
        self.assertEqual([entry["amount"] for entry in statement["entries"]],
                         ["100.00", "20.05", "-0.50"])
        self.assertEqual([entry["balance"] for entry in statement["entries"]],
                         ["100.00", "120.05", "119.55"])
        self.assertEqual(statement["balance"], "119.55")
        after = self.json("totals")
        self.assertTrue(after["agrees"])
        self.assertEqual(after["debit"], after["credit"])
        self.assertEqual(cents(after["debit"]) - cents(before["debit"]), 119_55)

    def test_declined_withdrawal_moves_nothing(self):
        _, iban = self.customer("10.00")
        before = self.json("totals")
        error = self.refused("account", "withdraw", iban, "10.01")
        self.assertEqual(error["reason"], "declined: 51 insufficient funds")
        self.assertEqual(self.json("totals"), before)

    def test_repeated_txid_posts_once(self):
        _, iban = self.customer()
        txid = "01890000-0000-7000-8000-00000000abcd"
        first = self.json("account", "deposit", iban, "10", "--txid", txid)
        again = self.json("account", "deposit", iban, "10", "--txid", txid)
        self.assertEqual(again, first)
        self.assertIn("94", self.refused("account", "deposit", iban, "11", "--txid",
                                         txid)["reason"])
        self.assertEqual(self.json("statement", iban)["balance"], "10.00")

    def test_money_and_master_data_are_logged(self):
        _, iban = self.customer()
        posted = self.json("account", "deposit", iban, "10")
        latest = self.json("actions", "--count", "1")[0]
        self.assertEqual(latest["action"], "account deposit")
        self.assertEqual(latest["operator"], "tw_operator")
        self.assertIn(posted["txid"], latest["subject"])

    def test_overdraft_in_use_cannot_be_lowered_below_it(self):
        _, iban = self.customer("10.00")
        limits = self.json("account", "limits", iban, "--overdraft", "50", "--daily-limit", "45")
        self.assertEqual((limits["overdraft"], limits["daily_limit"]), ("50.00", "45.00"))
        self.json("account", "withdraw", iban, "40.00")
        self.assertIn("61", self.refused("account", "withdraw", iban, "10.00")["reason"])
        self.refused("account", "limits", iban, "--overdraft", "29.99")
        limits = self.json("account", "limits", iban, "--overdraft", "30", "--no-daily-limit")
        self.assertEqual((limits["overdraft"], limits["daily_limit"]), ("30.00", None))
        self.refused("account", "withdraw", iban, "0.01")
        self.refused("account", "limits", "9999999999", "--overdraft", "1")

    def test_account_with_money_stays_open(self):
        _, iban = self.customer("1.00")
        self.refused("account", "close", iban)
        self.json("account", "withdraw", iban, "1.00")
        self.assertEqual(self.json("account", "close", iban)["status"], "closed")
        self.refused("account", "deposit", iban, "1.00")
        self.refused("account", "unblock", iban)
        self.assertEqual(self.json("account", "reopen", iban)["status"], "blocked")
        self.assertEqual(self.json("account", "unblock", iban)["status"], "open")
        self.refused("account", "reopen", iban)


class Cards:
    def issue(self, customer, iban, *options, secrets="4271\n", exit_code=OK):
        arguments = ["card", "issue", "--customer", str(customer), "--accounts", iban,
                     "--pin-stdin", *options]
        if exit_code != OK:
            return self.refused(*arguments, text=secrets, exit_code=exit_code)
        return self.json(*arguments, text=secrets)

    def file(self, name, text):
        path = self.network.folder / name
        path.write_text(text)
        return str(path)

    def test_chosen_number_and_its_refusals(self):
        customer, iban = self.customer()
        _, strangers = self.customer()
        chosen = CHOSEN_PAN + "\n4271\n"
        issued = self.issue(customer, iban, "--pan-stdin", secrets=chosen)
        self.assertEqual(issued["pan"], CHOSEN_PAN)
        self.host(0).open(Card(CHOSEN_PAN, issued["expiry"], "4271", [iban]))
        self.issue(customer, iban, "--pan-stdin", secrets=chosen, exit_code=REFUSED)
        for wrong, exit_code in ((CHOSEN_PAN[:-1] + "5", FAILED), ("", FAILED),
                                 ("9999999912345672", REFUSED)):
            file = self.file("pan.txt", wrong + "\n")
            self.issue(customer, iban, "--pan-file", file, exit_code=exit_code)
        self.issue(customer, strangers, exit_code=REFUSED)
        self.issue(customer, iban, secrets="123\n", exit_code=FAILED)
        self.issue(customer, iban, secrets="", exit_code=FAILED)

    def test_card_number_on_the_command_line_is_refused_with_what_to_do(self):
        """Whoever did it once must be told, without the number being written once more."""
        customer, iban = self.customer()
        issue = ["card", "issue", "--customer", str(customer), "--accounts", iban, "--pin-stdin"]
        mistyped = CHOSEN_PAN[:-1] + "5"
        grouped = "-".join(re.findall("....", CHOSEN_PAN))
        for arguments in ([*issue, "--pan", CHOSEN_PAN], [*issue, f"--pan={CHOSEN_PAN}"],
                          *(["card", verb, number, "--reason", "lost"]
                            for verb in ("block", "unblock")
                            for number in (CHOSEN_PAN, mistyped, grouped))):
            with self.subTest(arguments):
                done = self.run_ctl(*arguments, text="4271\n", exit_code=FAILED)
                self.assertIn("command line", done.stderr)
                self.assertIn("--pan-file FILE or --pan-stdin", done.stderr)
                for number in (CHOSEN_PAN, mistyped, grouped):
                    self.assertNotIn(number, done.stderr)

    def test_pin_from_a_file(self):
        customer, iban = self.customer()
        file = self.file("pin.txt", "98765\n")
        issued = self.json("card", "issue", "--customer", str(customer), "--accounts", iban,
                           "--pin-file", file)
        terminal = self.host(0)
        terminal.open(Card(issued["pan"], issued["expiry"], "98765", [iban]))

    def test_number_and_pin_are_kept_nowhere(self):
        customer, iban = self.customer()
        issued = self.issue(customer, iban, secrets="840295117346\n")
        kept = subprocess.run(
            [paths.POSTGRES_BIN / "pg_dump", f"--host={self.network.environment['TW_PG']}",
             "--username=postgres", "bank"], capture_output=True, text=True, check=True).stdout
        logs = "".join(file.read_text(errors="replace")
                       for file in (self.network.folder / "log").iterdir() if file.is_file())
        self.assertIn(issued["card"], kept)
        for secret in (issued["pan"], "840295117346"):
            self.assertNotIn(secret, kept)
            self.assertNotIn(secret, logs)

    def test_block_and_unblock(self):
        customer, iban = self.customer()
        card = self.issue(customer, iban)["card"]
        for reason in ("lost", "stolen", "restricted"):
            self.assertEqual(self.json("card", "block", card, "--reason", reason)["status"],
                             reason)
            self.refused("card", "block", card, "--reason", reason)
            other = "stolen" if reason == "lost" else "lost"
            self.refused("card", "unblock", card, "--reason", other)
            self.assertEqual(self.json("card", "unblock", card, "--reason", reason)["status"],
                             "active")
        self.assertEqual(self.json("card", "block", card, "--reason", "pin")["tries_left"], 0)
        self.assertEqual(self.json("card", "unblock", card, "--reason", "pin")["tries_left"], 3)

    def test_card_is_found_by_its_number(self):
        customer, iban = self.customer()
        issued, other = self.issue(customer, iban), self.issue(customer, iban)
        file = self.file("pan.txt", issued["pan"] + "\n")
        blocked = self.json("card", "block", "--pan-file", file, "--reason", "stolen")
        self.assertEqual((blocked["card"], blocked["status"]), (issued["card"], "stolen"))
        again = self.json("card", "unblock", "--pan-stdin", "--reason", "stolen",
                          text=issued["pan"] + "\n")
        self.assertEqual((again["card"], again["status"]), (issued["card"], "active"))
        states = {card["card"]: card["status"] for card in
                  self.json("card", "list", "--customer", str(customer))}
        self.assertEqual(states, {issued["card"]: "active", other["card"]: "active"})
        self.refused("card", "block", "--pan-stdin", "--reason", "lost", text=UNKNOWN_PAN + "\n")

    def test_new_pin_at_the_counter(self):
        customer, iban = self.customer("50.00")
        issued = self.issue(customer, iban)
        card = Card(issued["pan"], issued["expiry"], "4271", [iban])
        terminal = self.host(0)
        for rc in ("55", "55", "75"):
            terminal.expect(rc, terminal.session_open(card, "9999"))
        told = self.json("card", "set-pin", issued["card"], "--pin-stdin", text="840295\n")
        self.assertEqual((told["card"], told["status"], told["tries_left"]),
                         (issued["card"], "active", 3))
        self.assertNotIn("840295", json.dumps([told, self.json("actions", "--count", "1")]))
        terminal.expect("55", terminal.session_open(card))
        card.pin = "840295"
        terminal.open(card)
        terminal.expect("00", terminal.balance())

    def test_new_pin_ends_the_open_session(self):
        customer, iban = self.customer("50.00")
        issued = self.issue(customer, iban)
        terminal = self.host(0, Card(issued["pan"], issued["expiry"], "4271", [iban]))
        file = self.file("pin.txt", "1357\n")
        self.json("card", "set-pin", "--pan-stdin", "--pin-file", file, text=issued["pan"] + "\n")
        terminal.expect("63", terminal.withdrawal(10_00))
        self.json("card", "set-pin", "--pan-stdin", "--pin-stdin",
                  text=issued["pan"] + "\n2468\n")
        terminal.open(Card(issued["pan"], issued["expiry"], "2468", [iban]))

    def test_new_pin_leaves_a_stolen_card_stolen(self):
        customer, iban = self.customer()
        issued = self.issue(customer, iban)
        self.json("card", "block", issued["card"], "--reason", "stolen")
        told = self.json("card", "set-pin", issued["card"], "--pin-stdin", text="1357\n")
        self.assertEqual(told["status"], "stolen")
        terminal = self.host(0)
        card = Card(issued["pan"], issued["expiry"], "1357", [iban])
        terminal.expect("43", terminal.session_open(card))

    def test_refused_new_pin_changes_nothing_and_is_not_logged(self):
        customer, iban = self.customer()
        issued = self.issue(customer, iban)
        before = self.json("actions", "--count", "1")
        self.refused("card", "set-pin", issued["card"], "--pin-stdin", text="12\n",
                     exit_code=FAILED)
        self.refused("card", "set-pin", "12345", "--pin-stdin", text="1357\n")
        self.assertEqual(self.json("actions", "--count", "1"), before)
        self.host(0, Card(issued["pan"], issued["expiry"], "4271", [iban]))

    def test_card_limits_hold_at_the_terminal(self):
        customer, iban = self.customer("500.00")
        issued = self.issue(customer, iban)
        limits = self.json("card", "limits", issued["card"], "--daily-limit", "80.00")
        self.assertEqual((limits["daily_limit"], limits["daily_count"]), ("80.00", 10))
        terminal = self.host(0, Card(issued["pan"], issued["expiry"], "4271", [iban]))
        terminal.expect("61", terminal.withdrawal(90_00))
        terminal.expect("00", terminal.withdrawal(50_00))
        limits = self.json("card", "limits", "--pan-stdin", "--daily-limit", "200.00",
                           "--daily-count", "2", text=issued["pan"] + "\n")
        self.assertEqual((limits["card"], limits["daily_limit"], limits["daily_count"]),
                         (issued["card"], "200.00", 2))
        terminal.expect("00", terminal.withdrawal(50_00))
        terminal.expect("65", terminal.withdrawal(50_00))
        self.assertEqual(self.json("actions", "--count", "1")[0]["action"], "card limits")

    def test_many_terminals_are_enrolled_at_once_and_those_there_stay(self):
        self.run_ctl("terminal", "enrol", "7003", "--location", "Old place")
        enrolled = self.json("terminal", "enrol", "7001", "--count", "5", "--location", "Shop {}")
        self.assertEqual(enrolled, {"first_terminal": "00007001", "terminals": 5, "added": 4})
        listed = {one["terminal"]: one for one in self.json("terminal", "list")}
        self.assertEqual([listed[f"{number:08}"]["location"] for number in range(7001, 7006)],
                         ["Shop 7001", "Shop 7002", "Old place", "Shop 7004", "Shop 7005"])
        self.assertEqual({listed[f"{number:08}"]["cash"] for number in range(7001, 7006)}, {"0.00"})
        self.assertEqual(self.json("actions", "--count", "1")[0]["subject"],
                         "5 terminals from 7001")
        self.refused("terminal", "enrol", "99999999", "--count", "2", "--location", "x",
                     exit_code=FAILED)
        self.assertNotIn("99999999", {one["terminal"] for one in self.json("terminal", "list")})

    def test_bulk_cards_work_and_their_list_is_private(self):
        file = self.network.folder / "cards.csv"
        loaded = self.json("load", "--customers", "20", "--deposit", "50.00", "--cards-file",
                           str(file), "--cards", "5")
        self.assertEqual((loaded["customers"], loaded["cards_listed"]), (20, 5))
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        cards = [line.split(",") for line in file.read_text().splitlines()]
        self.assertEqual(len(cards), 5)
        self.assertEqual(cards[0][2], loaded["first_iban"])
        pan, expiry, iban, pin = cards[4]
        terminal = self.host(0, Card(pan, expiry, pin, [iban]))
        terminal.expect("00", terminal.withdrawal(20_00))
        self.refused("load", "--customers", "1", "--cards-file", str(file), exit_code=FAILED)

    def test_customers_in_bulk_may_have_accounts_alone(self):
        cards = self.sql("SELECT count(*) FROM card")
        loaded = self.json("load", "--customers", "3", "--without-cards", "--deposit", "5.00")
        self.assertEqual((loaded["customers"], loaded["cards_listed"]), (3, 0))
        first, account = loaded["first_customer"], loaded["first_account"]
        self.assertEqual(self.sql(
            f"SELECT customer_id, account_id, balance_minor FROM account WHERE customer_id >= {first} "
            "ORDER BY account_id").split(),
            [f"{first + i}|{int(account) + i}|-500" for i in range(3)])
        self.assertEqual(self.sql("SELECT count(*) FROM card"), cards)

    def test_bulk_in_several_copies_leaves_nothing_out(self):
        loaded = self.json("load", "--customers", "45001", "--without-cards")
        first = loaded["first_customer"]
        self.assertEqual(self.sql(
            "SELECT count(*), count(DISTINCT name), max(customer_id) FROM customer "
            f"JOIN account USING (customer_id) WHERE customer_id >= {first}").strip(),
            f"45001|45001|{first + 45000}")

    def test_bulk_that_would_use_up_the_card_numbers_is_refused_before_it_begins(self):
        before = self.sql("SELECT count(*) FROM customer")
        error = self.refused("load", "--customers", "10000000")
        self.assertEqual(error["code"], "CONFLICT")
        self.assertIn("--without-cards", error["reason"])
        self.assertEqual(self.sql("SELECT count(*) FROM customer"), before)


class Parallel:
    def test_operators_do_not_get_the_same_numbers(self):
        def create(number):
            return self.customer(f"{number}.00")

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(create, range(1, 17)))
        self.assertEqual(len({customer for customer, _ in made}), 16)
        self.assertEqual(len({iban for _, iban in made}), 16)


class Audit(BankctlCase):
    """What only the hash chain can see, and what only heads kept elsewhere can."""

    def violated(self, *options):
        done = self.run_ctl("--json", "audit", *options, exit_code=REFUSED)
        report = json.loads(done.stdout)
        self.assertFalse(report["clean"])
        return {check["check"]: check for check in report["checks"] if check["violations"]}

    def tampered(self, change, undo):
        self.sql(f"SET session_replication_role = replica; {change}")
        try:
            return self.violated()
        finally:
            self.sql(f"SET session_replication_role = replica; {undo}")

    def setUp(self):
        _, self.iban = self.customer("100.00")
        self.account = int(self.iban[-10:])
        self.json("account", "deposit", self.iban, "1.00")
        lane, batch, txid = self.sql(
            "SELECT lane_id, batch_no, txid FROM decision "
            f"WHERE account_id = {self.account} AND amount_minor = 100").strip().split("|")
        self.place = f"lane {lane} batch {batch}"
        self.lane, self.txid = lane, txid

    def test_edited_decision(self):
        wrong = self.tampered(
            f"UPDATE decision SET acquirer = acquirer + 1 WHERE txid = '{self.txid}'",
            f"UPDATE decision SET acquirer = acquirer - 1 WHERE txid = '{self.txid}'")
        self.assertEqual(list(wrong), ["chain_batches"])
        self.assertEqual([one["subject"] for one in wrong["chain_batches"]["examples"]],
                         [self.place])

    def test_money_moved_between_customers_consistently(self):
        """All sums and balances right: only the chain knows whose money it was."""
        _, thief = self.customer()
        other = int(thief[-10:])

        def move(source, target):
            return (f"UPDATE entry SET account_id = {target}, entry_no = 1, balance_minor = -100 "
                    f"WHERE txid = '{self.txid}' AND account_id = {source};"
                    f"UPDATE decision SET account_id = {target}, entry_no = 1, ledger_minor = 100 "
                    f"WHERE txid = '{self.txid}';"
                    "UPDATE account SET balance_minor = balance_minor + 100, "
                    f"entry_no = entry_no - 1 WHERE account_id = {source};"
                    "UPDATE account SET balance_minor = balance_minor - 100, "
                    f"entry_no = entry_no + 1 WHERE account_id = {target};")

        back = (move(other, self.account)
                + "UPDATE entry SET entry_no = 2, balance_minor = -10100 "
                f"WHERE txid = '{self.txid}' AND account_id = {self.account};"
                "UPDATE decision SET entry_no = 2, ledger_minor = 10100 "
                f"WHERE txid = '{self.txid}';").replace("entry_no = 1,", "entry_no = 99,")
        wrong = self.tampered(move(self.account, other), back)
        self.assertEqual(list(wrong), ["chain_batches"])

    def test_forged_digest_is_seen_by_the_lanes_that_saw_it(self):
        self.json("account", "deposit", self.iban, "1.00")  # a lane that saw the batch
        digest = self.sql(f"SELECT digest FROM batch WHERE lane_id = {self.lane}").strip()
        wrong = self.tampered(
            f"UPDATE batch SET digest = sha256('x') WHERE lane_id = {self.lane}",
            f"UPDATE batch SET digest = '{digest}' WHERE lane_id = {self.lane}")
        self.assertEqual(set(wrong), {"chain_batches", "chain_geneses"})

    def test_cut_off_end_is_seen_by_kept_heads(self):
        heads = self.network.folder / "heads.json"
        heads.write_text(self.run_ctl("--json", "heads").stdout)
        self.run_ctl("audit", "--heads", str(heads))
        self.sql(f"""
            UPDATE account SET balance_minor = account.balance_minor - entry.amount_minor,
                               entry_no = account.entry_no - 1
            FROM entry WHERE entry.account_id = account.account_id AND txid = '{self.txid}';
            DELETE FROM entry WHERE txid = '{self.txid}';
            DELETE FROM decision WHERE txid = '{self.txid}';
            DELETE FROM batch WHERE lane_id = {self.lane};
            DELETE FROM anchor WHERE lane_id = {self.lane};
            DELETE FROM lane WHERE lane_id = {self.lane};""")
        self.run_ctl("audit")
        wrong = self.violated("--heads", str(heads))
        self.assertEqual(list(wrong), ["kept_heads"])
        self.assertEqual(wrong["kept_heads"]["examples"][0]["problem"], "the lane is gone")

    def test_report_for_people_names_the_violation(self):
        self.sql(f"UPDATE account SET balance_minor = balance_minor + 1 "
                 f"WHERE account_id = {self.account}")
        try:
            done = self.run_ctl("audit", exit_code=REFUSED)
        finally:
            self.sql(f"UPDATE account SET balance_minor = balance_minor - 1 "
                     f"WHERE account_id = {self.account}")
        self.assertIn("VIOLATED", done.stdout)
        self.assertIn(f"account {self.account}: balance is -10099, entries add up to -10100",
                      done.stdout)
        checks = len(list((paths.ROOT / "sql" / "checks").glob("*.sql"))) + 2  # and the chain's
        self.assertIn(f"1 of {checks} checks violated", done.stderr)

    def test_audit_that_cannot_run_says_so(self):
        self.network.edit("bankctl", "user=tw_audit", "user=nobody_at_all")
        try:
            self.run_ctl("audit", exit_code=FAILED)
        finally:
            self.network.edit("bankctl", "user=nobody_at_all", "user=tw_audit")


class Peers:
    """Directories, limits and what is booked with other banks. The items are put into the tables by
    hand: what posts them is tested elsewhere."""

    def shares(self, peer):
        return [int(share) for share in self.sql(
            f"SELECT share_minor FROM exposure WHERE peer_code = {peer} ORDER BY stripe").split()]

    def learn(self, *banks):
        return self.json("directory", "import", str(self.directory(*banks)))

    def peer(self, code):
        return next(one for one in self.json("peers") if one["peer"] == code)

    def test_directory_brings_peers_with_the_default_limit(self):
        self.run_ctl("bank", "peer-limit", "100.03")
        code, later = "90000011", "90000012"
        told = self.learn((code, "92760011"))
        self.assertEqual((told["banks"], self.peer(code)["limit"]), (2, "100.03"))
        self.assertEqual(self.shares(code), [1251, 1251, 1251, 1250, 1250, 1250, 1250, 1250])
        self.assertEqual(self.peer(code)["addresses"], "127.0.0.1:7101,bank.invalid:7102")
        self.assertEqual(self.peer(code)["name"], f'Bank "{code}"')
        self.run_ctl("bank", "peer-limit", "7")
        self.learn((code, "92760011"), (later, "927612"))
        self.assertEqual((self.peer(code)["limit"], self.peer(later)["limit"]), ("100.03", "7.00"))
        routes = {(one["route"], one["prefix"]): one for one in self.json("routes")}
        self.assertEqual(routes["card", "927612"]["bank_code"], later)
        self.assertEqual(routes["iban", later]["bank_code"], later)
        self.assertIs(routes["iban", self.network.bank_code]["own"], True)

    def test_directory_that_is_old_forged_or_without_this_bank_is_refused(self):
        self.learn((BIRCH, "92760002"))
        before = self.json("directory", "show")
        old = self.directory((CEDAR, "92760003"), serial=before["serial"])
        self.assertEqual(self.refused("directory", "import", str(old))["code"], "CONFLICT")
        forged = self.directory((CEDAR, "92760003"), key=f"bank-{self.network.bank_code}/key.pem")
        reason = self.refused("directory", "import", str(forged), exit_code=FAILED)
        self.assertEqual(reason["code"], "CRYPTO")
        code, self.network.bank_code = self.network.bank_code, "90000077"
        try:
            stranger = self.directory()
        finally:
            self.network.bank_code = code
        self.refused("directory", "import", str(stranger))
        self.assertEqual(self.json("directory", "show"), before)

    def test_directory_that_was_changed_in_the_database_is_not_believed(self):
        self.learn((BIRCH, "92760002"))
        newest = "WHERE serial = (SELECT max(serial) FROM directory)"
        self.sql(f"UPDATE directory SET jws = reverse(jws) {newest}")
        try:
            for command in ("routes", "peers"):
                self.assertEqual(self.refused(command, exit_code=FAILED)["code"], "CRYPTO")
        finally:
            self.sql(f"UPDATE directory SET jws = reverse(jws) {newest}")
        self.run_ctl("routes")

    def test_limit_leaves_each_stripe_what_it_owes(self):
        code = "90000013"
        self.learn((code, "92760013"))
        owed = [stripe * 100 - 50 for stripe in range(8)]
        self.sql(f"UPDATE exposure SET owed_minor = stripe * 100 - 50 WHERE peer_code = {code}")
        try:
            for limit in (100_00, 24_05, 24_00, 10_03, 0):
                told = self.json("peer", "limit", code, f"{limit // 100}.{limit % 100:02}")
                self.assertEqual((cents(told["limit"]), cents(told["owed"])), (limit, sum(owed)))
                room = [share - owes for share, owes in zip(self.shares(code), owed)]
                self.assertEqual(sum(room), limit - sum(owed))
                self.assertLessEqual(max(room) - min(room), 1)
        finally:  # the books do not say so
            self.sql(f"UPDATE exposure SET owed_minor = 0 WHERE peer_code = {code}")
        self.refused("peer", "limit", "90000099", "1.00")

    def test_agreements_with_a_peer_are_kept_and_logged(self):
        code = "90000014"
        self.learn((code, "92760014"))
        self.run_ctl("peer", "interchange", code, "0.35")
        self.run_ctl("peer", "suspend", code)
        self.assertEqual((self.peer(code)["interchange"], self.peer(code)["status"]),
                         ("0.35", "suspended"))
        self.run_ctl("peer", "resume", code)
        self.assertEqual(self.peer(code)["status"], "active")
        logged = [(one["action"], one["subject"]) for one in self.json("actions", "--count", "3")]
        self.assertEqual(logged, [("peer resume", f"peer {code}"),
                                  ("peer suspend", f"peer {code}"),
                                  ("peer interchange", f"peer {code} 0.35")])
        for command in ("suspend", "resume"):
            self.refused("peer", command, "90000099")

    def test_positions_and_items_are_told_by_window(self):
        code = "90000015"
        self.learn((code, "92760015"))
        entries = ((1, 0, 1, 100), (1, 3, 2, -30), (2, 0, 2, 30), (2, 0, 3, 5))
        try:
            for number, (window, stripe, item, amount) in enumerate(entries):
                account = int(code) * 10**10 + window * 100 + stripe
                txid = f"01890000-0000-7000-8000-{item:012}"
                self.sql(f"""INSERT INTO account (account_id, opened_on, kind, currency, product)
                             VALUES ({account}, '2026-11-20', 13, 'EUR', '0') ON CONFLICT DO NOTHING;
                             INSERT INTO decision (txid, phase, operation, acquirer, terminal_id,
                                                   business_date, amount_minor, lane_id, batch_no,
                                                   item_no, rc, content_digest)
                             VALUES ('{txid}', 0, 3, {code}, 0, '2026-11-20', 1, 0, 0, 0, '00', '')
                             ON CONFLICT DO NOTHING;
                             INSERT INTO entry VALUES ({account}, {number + 1}, {amount}, 0,
                                                       '{txid}', 0)""")
            self.sql(f"""INSERT INTO position (peer_code, window_no, stripe, debit_count, debit_minor,
                                               credit_count, credit_minor)
                         SELECT peer_code, window_no, stripe, debit_count, debit_minor, credit_count,
                                credit_minor
                         FROM position_of_items WHERE peer_code = {code}""")
            told = [(one["window"], one["debits"], one["credits"], one["net"], one["items"])
                    for one in self.json("positions") if one["peer"] == code]
            self.assertEqual(told, [(1, "1.00", "0.30", "0.70", 2), (2, "0.35", "0.00", "0.35", 2)])
            self.assertEqual([one["window"] for one in self.json("positions", "--window", "2")], [2])
            items = [(one["window"], int(one["txid"][-1]), cents(one["amount"]))
                     for one in self.json("interbank", "items", "--peer", code)]
            self.assertEqual(items, [(1, 1, 100), (1, 2, -30), (2, 2, 30), (2, 3, 5)])
            self.assertEqual(len(self.json("interbank", "items", "--peer", code, "--window", "1")), 2)
        finally:
            self.sql(f"""DELETE FROM position WHERE peer_code = {code};
                         DELETE FROM entry WHERE account_id / 10000000000 = {code};
                         DELETE FROM decision WHERE acquirer = {code};
                         DELETE FROM account WHERE account_id / 10000000000 = {code}""")

    def test_waiting_messages_are_told_by_age(self):
        code = "90000016"
        self.learn((code, "92760016"))
        rows = ((0, "transfer.credit", 301), (0, "transfer.credit", 299),
                (2, "withdrawal.reverse", 4000))
        for number, (phase, method, age) in enumerate(rows):
            self.sql(f"""INSERT INTO saf (peer_code, txid, phase, method, params, window_no,
                                          stored_at)
                         VALUES ({code}, '01890000-0000-7000-8000-{number:012}', {phase},
                                 '{method}', '{{}}', 1, now() - interval '{age} seconds')""")
        try:
            told = [(one["method"], one["exception"]) for one in self.json("saf", "--peer", code)]
            self.assertEqual(told, [("withdrawal.reverse", False), ("transfer.credit", True),
                                    ("transfer.credit", False)])
            self.assertEqual(self.json("saf", "--peer", "90000099"), [])
        finally:
            self.sql(f"DELETE FROM saf WHERE peer_code = {code}")

    def test_transfer_that_never_came_is_not_returned(self):
        self.assertEqual(self.refused("transfer", "return", NO_TXID)["code"], "NOT_FOUND")

    def test_windows_follow_each_other(self):
        window = self.json("window", "show")["window"]
        self.assertEqual(self.json("window", "advance")["window"], window + 1)
        self.assertEqual(self.json("bank", "show")["window"], window + 1)


class Csv(Session, BankctlCase):
    def test_every_command_prints_csv(self):
        for arguments, text in self.commands():
            with self.subTest(arguments):
                done = self.run_ctl("--csv", *arguments, text=text)
                rows = list(csv.reader(io.StringIO(done.stdout, newline=""), strict=True))
                self.assertGreater(len(rows[0]), 0)
                self.assertEqual({len(row) for row in rows}, {len(rows[0])})
                self.assertEqual(len(set(rows[0])), len(rows[0]))
                for name in rows[0]:
                    self.assertRegex(name, r"^[a-z_]+$")


class Operators(Commands, Arguments, Migrations, Money, Cards, Parallel, Peers, BankctlCase):
    """All of it on one network: making one takes longer than these tests."""

    weight = 2


def cents(text):
    return int(text.replace(".", ""))


if __name__ == "__main__":
    unittest.main()
