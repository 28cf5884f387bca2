"""network.sh with several banks: one root, a directory that tells them of each other."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import paths
import processes
from postgres import Postgres

QUICK = ("--unsafe-fast", "--servers", "1", "--terminals", "0", "--middlewares", "0")
BIRCH = ("--bank", "90000002", "--iin", "92760002", "--name", 'Birch "& Sons" Bank')


class Networks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        processes.become_subreaper()
        cls.folder = Path(tempfile.mkdtemp(prefix="tw-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.alder, cls.birch, cls.other = (cls.folder / name for name in ("alder", "birch", "other"))
        cls.create(cls.alder)
        cls.create(cls.birch, "--join", cls.alder, *BIRCH)

    @classmethod
    def create(cls, folder, *options):
        done = cls.network_sh("create", folder, *QUICK, "--bin", paths.BUILD / "bin", *options)
        cls.addClassCleanup(cls.network_sh, "destroy", folder)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    @staticmethod
    def network_sh(*arguments):
        return subprocess.run([str(paths.NETWORK_SH), *map(str, arguments)], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def done(self, *arguments):
        done = self.network_sh(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def refused(self, *arguments):
        done = self.network_sh(*arguments)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"(?m)^network\.sh: \S")

    def show(self):
        signed = self.alder / "pki" / "directory.jws"
        text = subprocess.run([paths.binary("directory"), "show", "--json", "--root",
                               self.alder / "pki" / "root.crt", signed], check=True,
                              capture_output=True, text=True).stdout
        return json.loads(text)

    def ctl(self, folder, *arguments):
        self.done("start", folder, "postgres")
        try:
            text = subprocess.run([paths.binary("bankctl"), "--config", folder / "etc/bankctl.ini",
                                   "--json", *arguments], check=True, capture_output=True,
                                  text=True).stdout
        finally:
            self.done("stop", folder)
        return json.loads(text)

    def test_banks_of_one_root_learn_of_each_other(self):
        self.done("directory", self.alder, self.birch)
        first = self.show()
        self.assertEqual([(bank["bank_code"], bank["name"], bank["iins"])
                          for bank in first["banks"]],
                         [("90000001", "Alder Bank", ["92760001"]),
                          ("90000002", 'Birch "& Sons" Bank', ["92760002"])])
        for folder, peer in ((self.alder, "90000002"), (self.birch, "90000001")):
            known = self.ctl(folder, "peers")
            self.assertEqual([(one["peer"], one["limit"]) for one in known], [(peer, "1000000.00")])
            self.assertTrue(known[0]["addresses"].endswith(":7101"))
        self.done("directory", self.alder, self.birch)
        self.assertEqual(self.show()["serial"], first["serial"] + 1)
        self.assertEqual(self.network_sh("status", self.alder).returncode, 3,
                         "PostgreSQL was left running")

    def test_bank_of_another_root_is_not_listed(self):
        self.create(self.other, *BIRCH)
        self.refused("directory", self.alder, self.other)
        self.refused("directory", self.alder, self.folder / "nowhere")

    def test_second_bank_of_one_code_is_refused_and_leaves_nothing(self):
        twin = self.folder / "twin"
        self.refused("create", twin, *QUICK, "--bin", paths.BUILD / "bin", "--join", self.birch,
                     *BIRCH)
        self.assertEqual([path.name for path in twin.iterdir()], [".lock"])
        self.assertTrue((self.birch / "pki" / "bank-90000002" / "cert.pem").exists())

    def test_many_terminals_have_certificates_files_and_room(self):
        many = self.folder / "many"
        self.create(many, "--bank", "90000008", "--iin", "92760008", "--join", self.alder,
                    "--middlewares", "1", "--terminals", "1200")
        self.assertEqual(len(list((many / "pki").glob("terminal-90000008-*/cert.pem"))), 1200)
        last = (many / "etc" / "atm-00001216.ini").read_text()
        self.assertIn("location = Main Street 1216, Alderton\n", last)
        self.assertEqual(len(self.ctl(many, "terminal", "list")), 1200)
        fleet = self.network_sh("fleet", many, "--terminals", "5")
        self.assertEqual(fleet.returncode, 0, fleet.stderr)
        self.assertIn("terminal = atm-00001217.ini\n", (many / "etc" / "fleet.ini").read_text())
        self.assertEqual(len(self.ctl(many, "terminal", "list")), 1205)

    def test_middleware_has_room_for_all_terminals(self):
        code = "source interbank/network/layout.sh; TW_TERMINALS=$1; middleware_limits"
        for terminals, wanted in ((1, ""), (20000, "\n[limits]\nconnections = 20512\n")):
            done = subprocess.run(["bash", "-c", f"ulimit() {{ echo unlimited; }}; {code}", "sh",
                                   str(terminals)], cwd=paths.ROOT, text=True, check=True,
                                  capture_output=True)
            self.assertEqual(done.stdout, wanted)
        done = subprocess.run(["bash", "-c", f"ulimit() {{ echo 4096; }}; {code}", "sh", "1"],
                              cwd=paths.ROOT, text=True, check=True, capture_output=True)
        self.assertEqual(done.stdout, "\n[limits]\nconnections = 3584\n")

    def test_joining_nothing_is_refused(self):
        self.refused("create", self.folder / "lone", "--join", self.folder / "nowhere", *BIRCH)

    def test_bank_that_leaves_takes_no_root_along(self):
        guest = self.folder / "guest"
        self.done("create", guest, *QUICK, "--bin", paths.BUILD / "bin", "--join", self.alder,
                  "--bank", "90000009", "--iin", "92760009")
        self.assertTrue((guest / "pki").is_symlink())
        self.assertTrue((self.alder / "pki" / "bank-90000009" / "key.pem").exists())
        self.done("destroy", guest)
        self.assertFalse(guest.exists())
        self.assertTrue((self.alder / "pki" / "ca" / "root.key").exists())
        self.assertEqual(list((self.alder / "pki").glob("*90000009*")), [])
        self.assertTrue((self.alder / "pki" / "bank-90000002" / "key.pem").exists())

    def test_a_bank_may_have_larger_buffers_and_then_logs_more_between_checkpoints(self):
        large = self.folder / "large"
        self.create(large, "--buffers-mb", "320")
        self.done("start", large, "postgres")
        environment = dict(line.split("=", 1)
                           for line in (large / "network.env").read_text().splitlines())
        settings = Postgres(environment["TW_PG"], large)
        self.addCleanup(self.done, "stop", large)
        self.addCleanup(settings.close)
        self.assertEqual(settings.query("SHOW shared_buffers").strip(), "320MB")
        self.assertEqual(settings.query("SHOW max_wal_size").strip(), "2560MB")
        self.refused("create", self.folder / "lone", "--buffers-mb", "0", *BIRCH)


if __name__ == "__main__":
    unittest.main()
