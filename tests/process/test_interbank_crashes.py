"""Two banks whose customers use each other's terminals and pay each other, while bank servers,
middlewares and databases die, messages come twice, late and in any order, and windows are advanced.
In the end each operation has happened once or not at all, at both banks alike."""

import unittest

from banks import items
from case import SEED, BanksCase, sweep
from load import Load, Worker
from message_proxy import ANSWERS, REQUESTS
from processes import wait_until
from test_interbank import booked

MIX = ("withdraw", "withdraw", "transfer", "transfer", "deposit", "read")
WAITS = {"issuer_wait_ms": 2000, "beneficiary_wait_ms": 1000}
TERMINALS = 3


class Customer(Worker):
    """Keeps account of what it was told first, and hears the same for ever; only a transfer that
    was pending may still end either way."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.told = {}  # (method, txid) -> (amount, response code, status)

    def heard(self, request, answer):
        key = request.method, request.txid
        told = request.params.get("amount"), answer["rc"], answer.get("status")
        first = self.told.get(key)
        if first is None or first[2] == "PENDING":
            self.told[key] = told
        else:
            assert first == told, f"{key}: first {first}, then {told}"


class Customers(Load):
    worker = Customer


class InterbankLoad(BanksCase):
    """Three terminals of each bank, used by customers of the other one and, for transfers, of its
    own; each card is one worker's alone, accounts are shared."""

    shape = {"count": 2, "terminals": TERMINALS, "cards": TERMINALS, "bank_servers": 1,
             "middlewares": 1, "balance": 500_00, "waits": WAITS}
    timeout = 8.0

    def load(self):
        payees = sorted(card.accounts[0] for network in self.banks for card in network.cards)
        terminals = []
        for network, other in ((self.alder, self.birch), (self.birch, self.alder)):
            for number in range(TERMINALS):
                owner = (network if number == 0 else other).cards[number]
                card = self.own_card(network if number == 0 else other, owner)
                terminal = self.host(network, card, number, timeout=self.timeout)
                terminal.guest = number > 0
                terminals.append(terminal)
        return Customers(terminals, payees, f"{SEED}/{self.id()}", MIX)

    @staticmethod
    def own_card(network, owner):
        return network.new_card(network.customer_of(owner), owner.accounts)

    def under_load(self, fault):
        """Runs fault(load) while the load flows; then what was told stands in the books."""
        before = self.money()
        with self.load() as load:
            load.wait_done(10)
            fault(load)
            load.wait_done(15)
        self.banks.heal()
        self.banks.settle()
        self.assert_told(load)
        self.assert_conserved(before)

    # Judgement, beside the audit and the mirror that tearDown looks at

    def assert_told(self, load):
        """Between the banks, what was declined comes to nothing, and a deposit to its amount."""
        for worker in load.workers:
            for (method, txid), (amount, rc, status) in worker.told.items():
                net = self.net_of(self.alder, txid)
                what = f"{txid} {method} {amount} {rc} {status}: {net}"
                self.assertEqual(self.net_of(self.birch, txid), -net, what)
                if method.endswith(".request") and rc != "00":
                    self.assertEqual(net, 0, what)
                elif method == "deposit.request":
                    self.assertEqual(abs(net), amount if worker.terminal.guest else 0, what)

    @staticmethod
    def net_of(network, txid):
        """What all items of this operation come to, between the banks."""
        return int(network.postgres.query(
            "SELECT coalesce(sum(amount_minor), 0) FROM bank.entry JOIN bank.account USING"
            f" (account_id) WHERE kind = 13 AND txid = '{txid}'"))

    def money(self):
        """Customers' deposits, cash in the machines, fees earned; of all banks."""
        return [sign * sum(booked(network, kind) for network in self.banks for kind in kinds)
                for sign, kinds in ((-1, ("Cust",)), (1, ("ATM",)), (-1, ("FeeInc", "FeeExp")))]

    def assert_conserved(self, before):
        """X5: customers have less by the cash that went out and the fees, when nothing is open."""
        deposits, cash, fees = (new - old for new, old in zip(self.money(), before))
        self.assertEqual(deposits, cash - fees - (self.still_open() - self.open_before))

    def still_open(self):
        """What is owed to machines, payees and depositors."""
        return -sum(booked(network, kind) for network in self.banks
                    for kind in ("DispClr", "Transit", "DepPend"))

    def setUp(self):
        self.open_before = self.still_open()


@sweep("bank|peer")
class EitherBankCrashes(InterbankLoad):
    weight = 6

    def sweep(self, point):
        def crash_each_bank(load):
            for nth, network in ((1, self.alder), (3, self.birch)):
                server = network.bank_servers[0]
                server.restart(crash_at=f"{point}:{nth}", wait=False)
                server.wait_death(40)
                server.start()
                load.wait_done(5)

        self.under_load(crash_each_bank)


class Deaths(InterbankLoad):
    """Two bank servers and two middlewares for each bank."""

    shape = {**InterbankLoad.shape, "bank_servers": 2, "middlewares": 2}
    weight = 4

    def test_scenario_39_middleware_killed_under_load(self):
        def kill_one(load):
            self.alder.middlewares[0].kill()
            load.wait_done(60)

        self.under_load(kill_one)

    def test_scenario_40_one_of_two_bank_servers_killed_at_each_bank(self):
        def kill_one(load):
            for network in self.banks:
                network.bank_servers[0].kill()
                load.wait_done(40)

        self.under_load(kill_one)

    def test_all_servers_of_one_bank_killed_at_once(self):
        def kill_all(load):
            for server in self.birch.bank_servers:
                server.kill()
            load.wait_done(5)
            for server in self.birch.bank_servers:
                server.start()
            load.wait_done(20)

        self.under_load(kill_all)

    def test_database_of_one_bank_killed(self):
        def kill(load):
            self.birch.postgres.kill_postmaster()
            self.birch.postgres.start()
            self.birch.postgres.wait_accepts()
            load.wait_done(20)
            backends = wait_until(self.birch.postgres.backends, "birch's servers are connected")
            self.birch.postgres.kill_backend(backends[0])
            load.wait_done(20)

        self.under_load(kill)

    def test_server_of_a_bank_stopped_for_a_while(self):
        def stop(load):
            server = self.birch.bank_servers[0]
            server.freeze()
            load.wait_done(20)
            server.thaw()
            load.wait_done(20)

        self.under_load(stop)


class Disorder(InterbankLoad):
    weight = 4

    def disturbed(self, disturb, done=60):
        def fault(load):
            for network in self.banks:
                disturb(self.banks.proxy(network))
            load.wait_done(done)

        self.under_load(fault)

    def test_messages_delivered_twice(self):
        def twice(proxy):
            proxy.duplicate("*", REQUESTS, chance=0.5)
            proxy.duplicate("*", ANSWERS, chance=0.5, after=0.05)

        self.disturbed(twice)

    def test_messages_reordered(self):
        def reorder(proxy):
            proxy.swap("*", REQUESTS, chance=0.5, seconds=0.1)
            proxy.swap("*", ANSWERS, chance=0.5, seconds=0.1)

        self.disturbed(reorder)

    def test_messages_delayed_past_all_deadlines(self):
        self.disturbed(lambda proxy: proxy.delay("*", REQUESTS, (0.0, 3.0), chance=0.4), 40)

    def test_messages_lost(self):
        def lose(proxy):
            proxy.lose("*", REQUESTS, chance=0.1)
            proxy.lose("*", ANSWERS, chance=0.1)

        self.disturbed(lose, 40)

    def test_connections_cut_again_and_again(self):
        def cut(load):
            for _ in range(6):
                for network in self.banks:
                    self.banks.proxy(network).cut()
                load.wait_done(8)

        self.under_load(cut)

    def test_all_of_it_at_once(self):
        def all_of_it(proxy):
            proxy.lose("*", ANSWERS, chance=0.05)
            proxy.delay("*", REQUESTS, (0.0, 2.0), chance=0.1)
            proxy.duplicate("*", REQUESTS, chance=0.3, after=0.2)
            proxy.swap("*", ANSWERS, chance=0.3, seconds=0.2)

        self.disturbed(all_of_it, 50)

    def test_scenario_32_windows_advanced_under_load(self):
        def advance(load):
            for _ in range(3):
                load.wait_done(10)
                self.alder.bankctl("window", "advance")
            self.birch.bankctl("window", "advance")
            load.wait_done(10)

        first = self.alder.bankctl("window", "show")["window"]
        self.under_load(advance)
        windows = {window for _, window, _ in items(self.alder, self.birch)}
        self.assertTrue(windows >= {first, first + 1, first + 2, first + 3}, windows)
        split = self.alder.postgres.query(
            "SELECT txid, phase FROM bank.entry JOIN bank.account USING (account_id) WHERE kind ="
            " 13 AND phase IN (0, 5, 6) GROUP BY txid, phase HAVING count(DISTINCT account_id) > 1")
        self.assertEqual(split, "")



if __name__ == "__main__":
    unittest.main()
