"""Statements of an account over business dates: balances that follow each other, the same in every
form. What other programs make of the camt.053 is tests/clients' matter."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

from case import NetworkCase
from host import Declined

OK, REFUSED, FAILED = 0, 1, 2
CAMT = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}
NAME = "A<b> & \"C\", \u00e9\u202e"


class StatementCase(NetworkCase):
    shape = {"terminals": 1, "cards": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        number = str(cls.network.bankctl("customer", "create", "--name", NAME)["customer"])
        cls.iban = cls.network.bankctl("account", "open", "--customer", number, "--deposit",
                                       "100.00")["iban"]
        cls.dates = [cls.today()]
        for amounts in (("7.50", "0.05"), (), ("1.00",)):
            cls.dates.append(cls.network.bankctl("bank", "advance-date")["business_date"])
            for amount in amounts:
                cls.network.bankctl("account", "withdraw", cls.iban, amount)

    @classmethod
    def today(cls):
        return cls.network.bankctl("bank", "show")["business_date"]

    def run_statement(self, *arguments, exit_code=OK):
        done = self.network.run_bankctl("statement", *arguments)
        self.assertEqual(done.returncode, exit_code, done.stderr)
        return done.stdout if exit_code == OK else done.stderr

    def said(self, *arguments, account=None):
        return json.loads(self.run_statement(account or self.iban, *arguments, "--json"))

    def period(self, first, last):
        return self.said("--from", self.dates[first], "--to", self.dates[last])

    def document(self, *arguments, account=None):
        text = self.run_statement(account or self.iban, *arguments, "--camt053")
        return ElementTree.fromstring(text.encode())

    def found(self, document, path):
        return [element.text for element in document.findall(path, CAMT)]


class Statement(StatementCase):
    def test_closing_balance_is_the_next_opening_balance(self):
        days = [self.period(at, at) for at in range(4)]
        self.assertEqual([day["opening_balance"] for day in days],
                         ["0.00", "100.00", "92.45", "92.45"])
        self.assertEqual([day["closing_balance"] for day in days],
                         ["100.00", "92.45", "92.45", "91.45"])
        self.assertEqual([len(day["entries"]) for day in days], [1, 2, 0, 1])

    def test_whole_period_is_its_days_together(self):
        whole = self.period(0, 3)
        self.assertEqual([entry["entry_no"] for entry in whole["entries"]], [1, 2, 3, 4])
        self.assertEqual([entry["amount"] for entry in whole["entries"]],
                         ["100.00", "-7.50", "-0.05", "-1.00"])
        self.assertEqual([entry["booking_date"] for entry in whole["entries"]],
                         [self.dates[at] for at in (0, 1, 1, 3)])
        self.assertEqual((whole["credits"], whole["credit_total"]), (1, "100.00"))
        self.assertEqual((whole["debits"], whole["debit_total"]), (3, "8.55"))

    def test_a_date_alone_is_one_day_and_none_is_today(self):
        self.assertEqual(self.said("--to", self.dates[1]), self.period(1, 1))
        self.assertEqual(self.said("--from", self.dates[1])["to"], self.today())
        today = self.document()
        self.assertEqual(self.found(today, ".//c:BookgDt/c:Dt"), [self.today()])

    def test_before_there_was_anything_and_after_it(self):
        before = self.said("--from", "1970-01-01", "--to", "1970-01-02")
        self.assertEqual((before["opening_balance"], before["closing_balance"]), ("0.00", "0.00"))
        after = self.said("--from", "9999-12-30", "--to", "9999-12-31")
        self.assertEqual((after["opening_balance"], after["closing_balance"]), ("91.45", "91.45"))
        self.assertEqual(after["entries"], [])

    def test_camt053_has_what_json_has(self):
        said = self.period(0, 3)
        document = self.document("--from", self.dates[0], "--to", self.dates[3])
        amounts = zip(self.found(document, ".//c:Ntry/c:CdtDbtInd"),
                      self.found(document, ".//c:Ntry/c:Amt"))
        self.assertEqual([("" if sign == "CRDT" else "-") + amount for sign, amount in amounts],
                         [entry["amount"] for entry in said["entries"]])
        self.assertEqual(self.found(document, ".//c:Bal/c:Amt"), ["0.00", "91.45"])
        self.assertEqual(self.found(document, ".//c:Acct/c:Id/c:IBAN"), [self.iban])
        self.assertEqual(self.found(document, ".//c:Acct/c:Ownr/c:Nm"), ["A<b> & \"C\", \u00e9"])
        self.assertEqual(self.found(document, ".//c:Ntry/c:BkTxCd/c:Prtry/c:Cd"),
                         [entry["operation"] for entry in said["entries"]])

    def test_every_message_has_an_id_of_its_own(self):
        self.assertNotEqual(*(self.found(self.document(), ".//c:MsgId") for _ in range(2)))
        self.assertEqual(*(self.found(self.document(), ".//c:Stmt/c:Id") for _ in range(2)))

    def test_csv_is_the_entries(self):
        text = self.run_statement(self.iban, "--from", self.dates[0], "--csv")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual([row["amount"] for row in rows],
                         [entry["amount"] for entry in self.period(0, 3)["entries"]])

    def test_reversal_is_marked_and_keeps_its_code(self):
        terminal = self.host(0, self.network.cards[0])
        request = terminal.withdrawal(20_00)
        terminal.expect("00", request)
        terminal.expect("00", terminal.reversal(request))
        document = self.document(account=self.network.cards[0].accounts[0])
        self.assertEqual(self.found(document, ".//c:Ntry/c:RvslInd")[-2:], ["false", "true"])
        self.assertEqual(self.found(document, ".//c:Ntry/c:CdtDbtInd")[-2:], ["DBIT", "CRDT"])
        self.assertEqual(self.found(document, ".//c:SubFmlyCd")[-2:], ["CWDL", "CWDL"])

    def test_transfer_names_the_other_account_to_both(self):
        terminal = self.host(0, self.network.cards[0])
        here, there = (card.accounts[0] for card in self.network.cards)
        terminal.expect("00", terminal.transfer(5_00, there))
        for account, other, path, family in ((here, there, "CdtrAcct", "ICDT"),
                                             (there, here, "DbtrAcct", "RCDT")):
            document = self.document(account=account)
            self.assertEqual(self.found(document, f".//c:{path}/c:Id/c:IBAN")[-1], other)
            self.assertEqual(self.found(document, ".//c:Fmly/c:Cd")[-1], family)

    def test_declined_operation_is_no_entry(self):
        before = self.said()
        terminal = self.host(0, self.network.cards[1])
        with self.assertRaises(Declined):
            terminal.expect("00", terminal.withdrawal(90_000_000_00))
        self.assertEqual(self.said(), before)

    def test_account_of_the_bank_itself_has_no_iban(self):
        ledger = self.network.bankctl("account", "list", "--ledger")
        vault = next(one["account"] for one in ledger if one["entries"] > 0)
        document = self.document("--from", self.dates[0], account=vault)
        self.assertEqual(self.found(document, ".//c:Acct/c:Id/c:Othr/c:Id"), [vault])
        self.assertGreater(len(self.found(document, ".//c:Ntry")), 0)

    def test_wrong_arguments_are_told(self):
        for arguments in (["--from", "2026-02-30"], ["--to", "tomorrow"],
                          ["--from", self.dates[1], "--to", self.dates[0]],
                          ["--count", "5", "--to", self.dates[0]], ["--count", "5", "--camt053"],
                          ["--camt053", "--json"], ["--camt053", "--csv"]):
            with self.subTest(arguments):
                self.assertNotEqual(self.run_statement(self.iban, *arguments, exit_code=FAILED), "")
        self.assertIn("no account", self.run_statement("9999999999", "--camt053",
                                                       exit_code=REFUSED))
