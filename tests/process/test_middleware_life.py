"""A middleware's life: configuration, shutdown that loses nothing, what it tells its operators."""

import signal
import subprocess
import time
import urllib.error
import urllib.request

import paths
from case import LoadCase, NetworkCase
from processes import wait_until
from wire import Lost


def run_middleware(*arguments):
    return subprocess.run([paths.binary("middleware"), *map(str, arguments)], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)


class CommandLine(NetworkCase):
    shape = {"terminals": 1, "cards": 0}

    def config(self, old="", new=""):
        """A copy of the middleware's configuration with something replaced."""
        text = (self.network.folder / "etc" / "middleware-1.ini").read_text()
        self.assertIn(old, text)
        copy = self.network.folder / "etc" / "copy.ini"
        copy.write_text(text.replace(old, new, 1))
        return copy

    def test_good_configuration_is_accepted(self):
        done = run_middleware("--config", self.config(), "--check-config")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_bad_configuration_is_refused_with_a_reason(self):
        for old, new, reason in (("[log]", "[log]\ncolour = red", "colour"),
                                 ("[log]", "[extra]\na = b\n[log]", "unknown section"),
                                 ("[server]", "[server]\nlisten = nowhere", "host:port"),
                                 ("[banks]", "[banks]\nserver = 12 127.0.0.1:1", "bank code"),
                                 ("[log]", "[limits]\nline_ms = 5\n[log]", "line_ms"),
                                 ("level = info", "level = loud", "level"),
                                 ("metrics_listen = 127", "metrics_listen = 192", "loopback")):
            with self.subTest(reason=reason):
                done = run_middleware("--config", self.config(old, new), "--check-config")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(reason, done.stderr)

    def test_missing_configuration_and_unknown_option(self):
        self.assertEqual(run_middleware("--config", "/nowhere.ini").returncode, 2)
        self.assertEqual(run_middleware("--colour").returncode, 2)

    def test_help_names_every_key_and_version_is_told(self):
        keys = run_middleware("--help-config").stdout
        for key in ("listen", "metrics_listen", "crl", "server", "in_flight_per_connection"):
            self.assertIn(key, keys)
        self.assertIn("--check-config", run_middleware("--help").stdout)
        self.assertRegex(run_middleware("--version").stdout, r"^middleware \d+\.\d+\.\d+$")

    def test_address_in_use_is_a_reason_to_stop(self):
        done = run_middleware("--config", self.network.folder / "etc" / "middleware-1.ini")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot listen", done.stderr)


    def test_more_connections_than_descriptors_are_a_reason_not_to_start(self):
        copy = self.config("[log]", "[limits]\nconnections = 500\n[log]")
        address = self.network.middlewares[0].address
        copy.write_text(copy.read_text().replace(f"listen = {address}", "listen = 127.0.0.1:0")
                        .replace("metrics_listen", "#", 1))
        done = subprocess.run(["/bin/sh", "-c", 'ulimit -n 400 && exec "$@"', "sh",
                               paths.binary("middleware"), "--config", copy], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                              check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("this process may have 400", done.stderr)


class Shutdown(NetworkCase):
    shape = {"terminals": 2, "cards": 1}

    def setUp(self):
        self.middleware, self.bank_server = self.network.middlewares[0], self.network.bank_servers[0]

    def test_request_in_flight_is_answered_before_the_end(self):
        terminal, idle = self.host(0, self.network.cards[0]), self.host(1)
        request = terminal.balance()
        client = terminal.client()
        self.bank_server.freeze()
        number = client.send(request.method, request.params)
        time.sleep(0.1)
        self.middleware.signal(signal.SIGTERM)
        self.assertEqual(idle.client().read_line(5.0), b"", "an idle connection ends at once")
        self.assertTrue(self.middleware.alive)
        self.assertEqual(self.status("/readyz"), 503)
        self.assertEqual(self.status("/healthz"), 200)
        self.bank_server.thaw()
        self.assertEqual(client.receive(number)["rc"], "00")
        client.close()
        idle.close()
        self.assertEqual(self.middleware.wait_death(), 0)
        self.assertNotIn("LeakSanitizer", self.middleware.log())

    def status(self, page):
        try:
            with urllib.request.urlopen(f"http://{self.middleware.ready_address}{page}",
                                        timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_nobody_new_is_let_in_meanwhile(self):
        terminal = self.host(0, self.network.cards[0])
        request = terminal.balance()
        self.bank_server.freeze()
        terminal.client().send(request.method, request.params)
        time.sleep(0.1)
        self.middleware.signal(signal.SIGTERM)
        wait_until(self.is_deaf, "it stops listening", 5.0)
        self.bank_server.thaw()
        terminal.client().read_line(5.0)
        terminal.close()
        self.assertEqual(self.middleware.wait_death(), 0)

    def is_deaf(self):
        terminal = None
        try:
            terminal = self.network.host(1, timeout=0.5)
        except Lost:
            return True
        finally:
            if terminal is not None:
                terminal.close()
        return False


class ShutdownUnderLoad(LoadCase):
    def test_terminated_middlewares_lose_nothing(self):
        def fault(load):
            for middleware in self.network.middlewares:
                self.assertEqual(middleware.terminate(), 0)
                middleware.start()
                load.wait_done(10)

        self.under_load(fault)

    def test_reload_under_load_disturbs_nobody(self):
        def fault(load):
            for _ in range(20):
                for daemon in self.network.middlewares + self.network.bank_servers:
                    daemon.signal(signal.SIGHUP)
                load.wait_done(5)

        self.under_load(fault)
