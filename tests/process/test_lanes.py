"""The lanes of one bank server: who waits for an account holds up nobody else."""

import re

from case import NetworkCase
from history import account_number
from processes import wait_until

AMOUNT = 1_00


class Lanes(NetworkCase):
    """One bank server with its two lanes."""

    shape = {"bank_servers": 1, "middlewares": 1, "terminals": 3, "cards": 7, "balance": 100_00}

    def locked(self, account):
        return self.network.postgres.holding("SELECT FROM bank.account WHERE account_id = "
                                             f"{account_number(account)} FOR UPDATE")

    def queued(self):
        return int(re.search(r"^tellerwire_items_queued (\d+)$",
                             self.network.bank_servers[0].metrics(), re.MULTILINE)[1])

    def ask(self, number, payer, payee):
        """A transfer that is sent by a terminal; awaits its answer when called."""
        terminal = self.host(number, payer)
        request = terminal.transfer(AMOUNT, payee.accounts[0])
        client = terminal.client()
        identifier = client.send(request.method, request.params)
        return lambda: client.receive(identifier)

    def test_an_item_behind_a_locked_account_does_not_hold_up_the_next(self):
        cards = self.network.cards
        postgres = self.network.postgres
        terminal = self.host(2, cards[3])
        to_locked = terminal.transfer(AMOUNT, cards[0].accounts[0])
        terminal.open(cards[4])
        to_free = terminal.transfer(AMOUNT, cards[5].accounts[0])
        with self.locked(cards[0].accounts[0]):
            with self.locked(cards[1].accounts[0]):
                first = self.ask(0, cards[0], cards[6])
                wait_until(lambda: postgres.waiting() == 1, "one lane waits for the account")
                second = self.ask(1, cards[1], cards[2])
                wait_until(lambda: postgres.waiting() == 2, "the other waits for another one")
                client = terminal.client()
                numbers = [client.send(request.method, request.params)
                           for request in (to_locked, to_free)]
                wait_until(lambda: self.queued() == 2, "two more transfers wait for a lane")
            self.assert_rc("00", second())
            self.assert_rc("00", client.receive(numbers[1]))
            self.assertGreaterEqual(postgres.waiting(), 1)
        self.assert_rc("00", first())
        self.assert_rc("00", client.receive(numbers[0]))
