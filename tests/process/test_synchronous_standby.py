"""A synchronous standby that is gone: COMMIT waits for it, and cancelling that wait returns success
with a warning although nobody knows whether a failover would keep the transaction. Such a COMMIT is
an unknown outcome: it must not be answered as an approval, and asking again must find the truth."""

import threading
import unittest

from case import NetworkCase
from processes import wait_until
from wire import Lost, RpcError


class SynchronousStandby(NetworkCase):
    spoils = True
    shape = {"bank_servers": 1, "terminals": 1, "cards": 1}

    def setUp(self):
        self.postgres = self.network.postgres
        self.terminal = self.host(0, self.network.cards[0])

    def lose_standby(self):
        self.addCleanup(self.standby_back)
        self.postgres.set("synchronous_standby_names", "'gone'")
        wait_until(lambda: self.postgres.query("SHOW synchronous_standby_names").strip() == "gone",
                   "PostgreSQL waits for a standby")

    def standby_back(self):
        self.postgres.set("synchronous_standby_names", "''")

    def waiting_commits(self):
        text = self.postgres.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                                   " AND application_name LIKE 'bank-server%'")
        return [int(pid) for pid in text.split()]

    def ask_in_background(self, request):
        answers = []

        def ask():
            try:
                answers.append(self.terminal.send(request))
            except (Lost, RpcError) as error:
                answers.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        self.addCleanup(thread.join)
        return thread, answers

    def test_no_approval_leaves_while_the_commit_waits(self):
        before = self.terminal.see()[0]
        request = self.terminal.withdrawal(10_00)
        self.lose_standby()
        thread, answers = self.ask_in_background(request)
        wait_until(self.waiting_commits, "the COMMIT waits for the standby")
        self.assertEqual(answers, [])
        self.standby_back()
        thread.join()
        if not isinstance(answers[0], dict):  # its deadline came first: ask again
            answers[0] = self.terminal.settle(request.repeated())
        self.assert_rc("00", answers[0])
        self.assertEqual(self.terminal.see()[0], before - 10_00)

    def test_cancelled_wait_is_an_unknown_outcome(self):
        before = self.terminal.see()[0]
        request = self.terminal.withdrawal(10_00)
        self.lose_standby()
        thread, answers = self.ask_in_background(request)
        wait_until(self.waiting_commits, "the COMMIT waits for the standby")
        for pid in self.waiting_commits():
            self.postgres.query(f"SELECT pg_cancel_backend({pid})")
        server = self.network.bank_servers[0]
        wait_until(lambda: "outcome unknown" in server.log(), "the server says that it cannot know")
        self.standby_back()
        thread.join()
        answer = self.terminal.settle(request.repeated())
        self.assert_rc("00", answer)
        self.assertEqual(self.terminal.see()[0], before - 10_00)


if __name__ == "__main__":
    unittest.main()
