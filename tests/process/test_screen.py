"""The full-screen cash machine under tmux: every screen, and what people do to it."""

import os
import re
import signal
import unittest

import cash
from case import NetworkCase
from history import account_number
from machine import NO_MARGIN
from proxy import DOWN, UP
from screen import Screen

LIMITS = {**NO_MARGIN, "taken_ms": 20000}


class ScreenCase(NetworkCase):
    shape = {"terminals": 30, "cards": 0}

    def setUp(self):
        self.card = self.network.new_customer("Anna Ahorn", balance=300_00)
        self.machine = self.new_machine()

    def tearDown(self):
        self.machine.settle()
        self.assertEqual(cash.check(self.machine, self.network.books()), [])

    def new_machine(self, **limits):
        number = getattr(self.network, "screens_used", 0)  # of terminals
        self.network.screens_used = number + 1
        machine = self.network.machine(number, limits={**LIMITS, **limits})
        text = re.sub("location = .*", "location = Main Street 1, Alderton", machine.ini.read_text())
        machine.ini.write_text(text)
        cards = self.network.folder / "etc" / "cards.ini"
        cards.write_text(f"[anna]\npan = {self.card.pan}\nexpiry = {self.card.expiry}\n"
                         f"note = Anna's card\n")
        os.chmod(cards, 0o600)
        machine.fill()
        return machine

    def golden(self, screen, name):
        problem = screen.differs_from(name)
        if problem:
            self.fail(problem)

    def insert(self, screen, pin=None):
        screen.wait("Welcome")
        screen.keys("Enter")
        screen.wait("Which one?")
        screen.keys("1")
        screen.wait("enter your PIN")
        screen.keys(*(pin or self.card.pin), "Enter")

    def open(self, screen):
        self.insert(screen)
        screen.wait("What would you like to do?")

    @staticmethod
    def finish(screen, *shown, receipt=()):
        """A result, its receipt, and back to the menu."""
        screen.wait(*shown)
        screen.keys("Enter")
        screen.wait("take your receipt", *receipt)
        screen.keys("Enter")
        screen.wait("What would you like to do?")

    def leave(self, screen):
        """From the menu to the end of the program."""
        screen.keys("Escape")
        screen.wait("Please take your card")
        screen.keys("Enter")
        screen.wait("Welcome")
        screen.keys("C-c")
        self.assertEqual(screen.end(), 0)

    def balance(self, iban=None):
        number = account_number(iban or self.card.accounts[0])
        return -self.network.books().accounts[number].balance  # a liability


class Customer(ScreenCase):
    def test_sixty_in_notes_with_the_enter_key_and_a_pin(self):
        """What a hand does that looks for the next key to press."""
        with Screen(self.machine) as screen:
            screen.wait("Welcome")
            self.golden(screen, "welcome")
            screen.keys("Enter")
            screen.wait("Which one?")
            self.golden(screen, "card")
            screen.keys("Enter")
            screen.wait("enter your PIN")
            screen.keys(*self.card.pin)
            screen.wait("****_")
            self.golden(screen, "pin")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            self.golden(screen, "menu")
            screen.keys("Enter")
            screen.wait("Please take your cash")
            self.golden(screen, "take-cash")
            screen.keys("Enter")
            screen.wait("Available: 240.00 EUR")
            self.golden(screen, "done")
            screen.keys("Enter")
            screen.wait("take your receipt")
            self.golden(screen, "receipt")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            screen.keys("Escape")
            screen.wait("Please take your card")
            self.golden(screen, "take-card")
            screen.keys("Enter")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.assertEqual(self.balance(), 240_00)

    def test_which_notes(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("2")
            screen.wait("How much?")
            self.golden(screen, "amounts")
            screen.keys("4")
            screen.wait("Which notes")
            self.golden(screen, "notes")
            screen.keys("F2" if "[2]  5 x 20.00" in screen.text else "F1")
            screen.wait("Please take your cash")
            screen.keys("Enter")
            self.finish(screen, "Available: 200.00", receipt=["5 x 20.00"])
            self.leave(screen)
        self.assertEqual(self.balance(), 200_00)

    def test_other_amount_that_the_notes_do_not_make(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("2")
            screen.wait("How much?")
            screen.keys("7")
            screen.wait("_", without=["How much?"])
            screen.keys(*"30", "Enter")
            screen.wait("This did not work")
            self.golden(screen, "no-such-notes")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.assertEqual(self.balance(), 300_00)

    def test_cash_that_is_not_taken_goes_back(self):
        machine = self.machine = self.new_machine(taken_ms=1200)
        with Screen(machine) as screen:
            self.open(screen)
            screen.keys("1")
            screen.wait("Please take your cash")
            screen.wait("This did not work", "account is credited")
            self.golden(screen, "not-taken")
            screen.keys("Enter")
            screen.wait("receipt")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.machine.settle()
        self.assertEqual(self.balance(), 300_00)

    def test_wrong_pin_may_be_typed_again(self):
        wrong = "".join(str(9 - int(digit)) for digit in self.card.pin)
        with Screen(self.machine) as screen:
            self.insert(screen, wrong)
            screen.wait("The PIN is wrong.")
            self.golden(screen, "wrong-pin")
            screen.keys("Enter")
            screen.wait("enter your PIN", "_", without=["wrong"])
            screen.keys(*self.card.pin, "Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)

    def test_balance_entries_and_deposit(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("5")
            screen.wait("BALANCE", "300.00 EUR")
            self.golden(screen, "balance")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            screen.keys("3")
            screen.wait("Each press", "0.00 EUR")
            screen.keys("3")
            screen.wait("In it: 20.00")
            screen.keys("4")
            screen.wait("In it: 70.00")
            self.golden(screen, "deposit")
            screen.keys("7")
            self.finish(screen, "Available: 370.00")
            screen.keys("6")
            screen.wait("MINI-STATEMENT", "deposit", "70.00")
            self.golden(screen, "entries")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.assertEqual(self.balance(), 370_00)

    def test_transfer_is_confirmed_and_found_again(self):
        payee = self.network.new_customer("Bob Birke", balance=0)
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("4")
            screen.wait("Payee's IBAN")
            screen.keys(*"DE12 nonsense", "Enter")
            screen.wait("not an IBAN")
            screen.paste(payee.accounts[0])
            screen.keys("Enter")
            screen.wait("How much?")
            screen.keys(*"12,50", "Enter")
            screen.wait("What for?")
            screen.keys(*"lunch", "Enter")
            screen.wait("Is this right?")
            self.golden(screen, "confirm-transfer")
            screen.keys("Enter")
            self.finish(screen, "Available: 287.50", receipt=["COMPLETED"])
            screen.keys("8")
            screen.wait("My transfers")
            self.golden(screen, "menu-2")
            screen.keys("2")
            screen.wait("ask about", "12.50")
            self.golden(screen, "transfers")
            screen.keys("1")
            self.finish(screen, "Done", receipt=["TRANSFER STATUS"])
            self.leave(screen)
        self.assertEqual(self.balance(payee.accounts[0]), 12_50)

    def test_own_accounts(self):
        """A card of two accounts: which one is asked, and the other one is a payee."""
        customer = self.network.bankctl("customer", "create", "--name", "Two Pots")["customer"]
        accounts = [self.network.new_account(customer, balance) for balance in (100_00, 5_00)]
        self.card = self.network.new_card(customer, accounts, self.card.pin)
        self.machine = self.new_machine()
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("4")
            screen.wait("Which account?", accounts[0], accounts[1])
            screen.keys("1")
            screen.wait("To which account?", accounts[1], without=[accounts[0]])
            screen.keys("1")
            screen.wait("How much?")
            screen.keys(*"40", "Enter")
            screen.wait("What for?")
            screen.keys("Escape")
            screen.wait("Is this right?", "0.00 EUR")
            screen.keys("Enter")
            self.finish(screen, "COMPLETED")
            screen.keys("5")
            screen.wait("Which account?")
            screen.keys("2")
            screen.wait("BALANCE", "45.00 EUR")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.assertEqual([self.balance(iban) for iban in accounts], [60_00, 45_00])

    def test_pin_change(self):
        new_pin = "".join(str((int(digit) + 3) % 10) for digit in self.card.pin)
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("8")
            screen.wait("Change PIN")
            screen.keys("1")
            screen.wait("The new PIN, 4 to 12 digits")
            screen.keys(*new_pin, "Enter")
            screen.wait("once more")
            screen.keys(*new_pin, "Enter")
            screen.wait("Done")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            screen.keys("Escape")
            screen.wait("take your card")
            screen.keys("Enter")
            self.insert(screen)
            screen.wait("The PIN is wrong.")
            screen.keys("Enter")
            screen.wait("enter your PIN", without=["wrong"])
            screen.keys(*new_pin, "Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.card.pin = new_pin

    def test_german(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("8")
            screen.wait("Sprache")
            screen.keys("3")
            screen.wait("Deutsch")
            screen.keys("2")
            screen.wait("Was möchten Sie tun?")
            self.golden(screen, "menu-german")
            screen.keys("1")
            screen.wait("nehmen Sie Ihr Geld")
            screen.keys("Enter")
            screen.wait("Verfügbar: 240.00")
            screen.keys("Enter")
            screen.wait("Beleg")
            screen.keys("Enter")
            screen.wait("Was möchten Sie tun?")
            screen.keys("Escape")
            screen.wait("nehmen Sie Ihre Karte")
            screen.keys("Enter")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)


class Staff(ScreenCase):
    @staticmethod
    def side_key(screen, label):
        """The digit beside a label, on whichever page it is."""
        shown = screen.text
        while label not in shown:
            screen.keys("8")
            shown = screen.wait("What goes wrong next?", without=[shown.splitlines()[7]])
        line = next(line for line in shown.splitlines() if label in line)
        before, _, after = line.partition(label)
        return before.rpartition("[")[2][0] if before.strip() else after.partition("[")[2][0]

    def test_the_back_of_the_machine(self):
        with Screen(self.machine) as screen:
            screen.wait("Welcome")
            screen.keys("C-o")
            screen.wait("STAFF")
            self.golden(screen, "staff")
            screen.keys("1")
            screen.wait("cassette", "remaining")
            self.golden(screen, "status")
            screen.keys("Right")
            screen.wait("suspect  status")
            screen.keys("Enter")
            screen.wait("STAFF")
            screen.keys("3")
            screen.wait("signed on", "replenish")
            screen.keys("Enter")
            screen.wait("STAFF")
            screen.keys("5")
            screen.wait("Which cassette?")
            screen.keys("2")
            screen.wait("How many notes")
            screen.keys(*"15", "Enter")
            screen.wait("replenish")
            screen.keys("Enter")
            screen.wait("STAFF")
            screen.keys("6")
            screen.wait("cash inside, by the ledger")
            screen.keys("Enter")
            screen.wait("STAFF")
            screen.keys("7")
            screen.wait("sign-off")
            screen.keys("Enter")
            screen.wait("STAFF", "out of service")
            screen.keys("Escape")
            screen.wait("Out of service")
            self.golden(screen, "out-of-service")
            screen.keys("F10")
            screen.wait("STAFF")
            screen.keys("8")
            screen.wait("More")
            screen.keys("1")
            screen.wait("sign-on")
            screen.keys("Enter")
            screen.wait("STAFF", "signed on")
            screen.keys("Escape")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.assertEqual(self.machine.status()["cassettes"][1]["loaded"], 65)

    def test_armed_fault_is_met_by_the_next_customer_and_the_suspect_is_listed(self):
        with Screen(self.machine) as screen:
            screen.wait("Welcome")
            screen.keys("C-o")
            screen.wait("STAFF")
            screen.keys("8")
            screen.wait("arm a device fault")
            screen.keys("5")
            screen.wait("What goes wrong next?")
            screen.keys(self.side_key(screen, "sensor_unknown"))
            screen.wait("fault: Done")
            screen.keys("Enter")
            screen.wait("STAFF")
            screen.keys("Escape")
            self.open(screen)
            screen.keys("1")
            screen.wait("Please take your cash")
            screen.keys("Enter")
            self.finish(screen, "This did not work", "not known")
            screen.keys("Escape")
            screen.wait("take your card")
            screen.keys("Enter")
            screen.wait("Out of service", "suspect")
            screen.keys("C-o")
            screen.wait("STAFF", "suspect")
            screen.keys("4")
            screen.wait("60.00 EUR")
            screen.keys("Enter")
            screen.wait("STAFF")
            screen.keys("6")  # counting ends it
            screen.wait("cash inside")
            screen.keys("Enter")
            screen.wait("STAFF", without=["suspect:"])
            screen.keys("Escape")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)

    def test_messages_are_shown_without_secrets(self):
        with Screen(self.machine, columns=390, rows=50) as screen:
            screen.wait("Welcome")
            screen.keys("C-t")
            screen.wait("-- messages")
            self.open(screen)
            shown = screen.wait("session.open")
            self.assertIn('"pin_block":"***"', shown)
            for secret in (self.card.pan, self.card.pan[6:-4], f'"{self.card.pin}'):
                self.assertNotIn(secret, shown)
            screen.keys("C-t")
            screen.wait("What would you like", without=["-- messages"])
            self.leave(screen)


    def test_printer_without_paper_is_said_before_anything_is_chosen(self):
        self.machine.do("fault", fault="paper_out")
        with Screen(self.machine) as screen:
            self.insert(screen)
            screen.wait("cannot print receipts")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            screen.keys("1")
            screen.wait("take your cash")
            screen.keys("Enter")
            screen.wait("Available: 240.00", "No receipt could be printed.")
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.assertEqual(self.balance(), 240_00)

    def test_card_that_is_not_taken_is_kept(self):
        machine = self.machine = self.new_machine(taken_ms=1200)
        with Screen(machine) as screen:
            self.open(screen)
            screen.keys("Escape")
            screen.wait("Please take your card")
            screen.wait("This did not work")
            screen.keys("Enter")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.assertEqual(machine.world()["cards_retained"], 1)


class Abuse(ScreenCase):
    def test_any_key_at_every_screen(self):
        """No key but the right ones moves money."""
        with Screen(self.machine) as screen:
            for step in ("Welcome", "Which one?", "enter your PIN"):
                screen.wait(step)
                screen.keys("Tab", "~", "PageUp", "IC", "F8" if step == "enter your PIN" else "F11",
                            "C-z", "C-q", "Home", "DC")
                screen.wait(step)
                screen.keys(*{"Welcome": ["Enter"], "Which one?": ["1"],
                              "enter your PIN": [*self.card.pin, "Enter"]}[step])
            screen.wait("What would you like to do?")
            screen.keys("x", "%", "C-g", "Tab", "0", "9", "PageDown", "C-z")
            screen.wait("What would you like to do?")
            self.leave(screen)
        self.assertEqual(self.balance(), 300_00)

    def test_paste_of_garbage_moves_no_money(self):
        garbage = "".join(chr(32 + n * 37 % 95) for n in range(3000)).replace("\x7f", "")
        with Screen(self.machine) as screen:
            screen.wait("Welcome")
            for _ in range(3):
                screen.paste(garbage.replace("1", "%").replace(";", "1 1 1"))
            screen.keys("Escape", "Escape")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.assertEqual(self.balance(), 300_00)

    def test_typing_ahead_does_not_pay(self):
        """A hand that hammers the first key while the machine thinks gets no second sixty."""
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("1", *"1111111111")
            screen.wait("Please take your cash")
            screen.keys("Enter", *"1111")
            self.finish(screen, "Available: 240.00")
            self.leave(screen)
        self.assertEqual(self.balance(), 240_00)

    def test_window_of_another_size(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.resize(120, 40)
            screen.wait("What would you like to do?")
            screen.resize(40, 10)
            screen.wait("80 x 24?")
            screen.resize(80, 24)
            screen.wait("What would you like to do?", "Cash now: 60.00")
            self.golden(screen, "menu")
            self.leave(screen)

    def test_without_colours_the_choice_is_still_marked(self):
        with Screen(self.machine, environment={"NO_COLOR": "1"}) as screen:
            self.open(screen)
            self.golden(screen, "menu")
            self.leave(screen)

    def test_second_process_is_refused_before_it_draws(self):
        with Screen(self.machine) as first, Screen(self.machine) as second:
            self.assertEqual(second.end(), 7)
            self.assertIn("another process is this terminal", second.text)
            first.wait("Welcome")
            first.keys("C-c")
            self.assertEqual(first.end(), 0)

    def test_customer_who_goes_away_gets_the_card_back(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.assertEqual(self.machine.status()["advices_waiting"], 0)


class Faults(ScreenCase):
    def tearDown(self):
        self.doCleanups()  # the link first
        super().tearDown()

    def cut_machine(self):
        """A machine behind a proxy."""
        machine = self.machine = self.new_machine(answer_ms=1500, advice_ms=700, deposit_ms=1500,
                                                  transfer_ms=1500)
        proxy = self.network.proxy(self.network.middlewares[0])
        machine.use_middlewares([proxy.address])
        self.addCleanup(proxy.release)
        return proxy

    def test_link_lost_at_every_screen(self):
        payee = self.network.new_customer("Bob Birke", balance=0)
        proxy = self.cut_machine()
        with Screen(self.machine) as screen:
            self.open(screen)
            for key, words in (("5", "cannot be reached"), ("1", "did not answer"),
                               ("6", "cannot be reached")):
                proxy.hold(UP)
                proxy.hold(DOWN)
                screen.keys(key)
                screen.wait("This did not work", words)
                proxy.release()
                screen.keys("Enter")
                screen.wait("take your receipt" if key == "1" else "What would you like to do?")
                if key == "1":
                    screen.keys("Enter")
                    screen.wait("What would you like to do?")
            proxy.hold(UP)
            screen.keys("3")
            screen.wait("Each press")
            screen.keys("3")
            screen.wait("In it: 20.00")
            screen.keys("7")
            self.finish_after(screen, proxy, "This did not work", "notes are given back")
            proxy.hold(UP)
            screen.keys("8")
            screen.wait("Change PIN")
            screen.keys("1")
            screen.wait("The new PIN, 4 to 12 digits")
            screen.keys(*self.card.pin, "Enter")
            screen.wait("once more")
            screen.keys(*self.card.pin, "Enter")
            screen.wait("This did not work", "cannot be reached")
            proxy.release()
            screen.keys("Enter")
            screen.wait("What would you like to do?")
            proxy.hold(UP)
            screen.keys("4")
            screen.wait("Payee's IBAN")
            screen.paste(payee.accounts[0])
            screen.keys("Enter")
            screen.wait("How much?")
            screen.keys(*"25", "Enter")
            screen.wait("What for?")
            screen.keys("Escape")
            screen.wait("Is this right?")
            screen.keys("Enter")
            self.finish_after(screen, proxy, "Under way")
            proxy.hold(UP)
            screen.keys("Escape")
            screen.wait("Please take your card")
            proxy.release()
            screen.keys("Enter")
            screen.wait("Welcome")
            proxy.hold(UP)
            self.insert(screen)
            screen.wait("This did not work", "cannot be reached")
            proxy.release()
            screen.keys("Enter")
            screen.wait("Please take your card")
            screen.keys("Enter")
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.machine.settle()
        self.assertEqual(self.balance() + self.balance(payee.accounts[0]), 300_00)

    def finish_after(self, screen, proxy, *shown):
        """The same, with a link that is back once the result is on the screen."""
        screen.wait(*shown)
        proxy.release()
        self.finish(screen, *shown)

    def test_power_lost_while_the_cash_is_at_the_shutter(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            screen.keys("1")
            screen.wait("Please take your cash")
            screen.keys("F12")
            self.assertEqual(screen.end(), 128 + signal.SIGKILL)
        with Screen(self.machine) as screen:
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.machine.settle()
        self.assertEqual(self.balance(), 300_00)

    def test_killed_while_the_customer_looks_at_the_menu(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            os.kill(screen.pid, signal.SIGKILL)
            self.assertEqual(screen.end(), 128 + signal.SIGKILL)
        with Screen(self.machine) as screen:
            self.open(screen)
            self.leave(screen)

    def test_host_that_comes_back_puts_it_into_service(self):
        proxy = self.cut_machine()
        proxy.hold(UP)
        with Screen(self.machine) as screen:
            screen.wait("Out of service", "cannot be reached")
            proxy.release()
            screen.wait("Welcome")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)

    def test_middlewares_killed_before_the_request(self):
        with Screen(self.machine) as screen:
            self.open(screen)
            for server in self.network.middlewares:
                server.kill()
            screen.keys("1")
            screen.wait("This did not work")
            for server in self.network.middlewares:
                server.start()
            screen.keys("Enter")
            screen.wait("take your receipt")
            screen.keys("C-c")
            self.assertEqual(screen.end(), 0)
        self.machine.settle()
        self.assertEqual(self.balance(), 300_00)


if __name__ == "__main__":
    unittest.main()
