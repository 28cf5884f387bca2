"""middleware/pki/pki.sh: what it makes, what it refuses, what openssl says about it."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paths
from pki import Authority, run_pki

BANK = "90000001"
TERMINAL = f"{BANK}/00000017"


class PkiCase(unittest.TestCase):
    def setUp(self):
        folder = Path(tempfile.mkdtemp(prefix="tw test pki "))  # spaces on purpose
        self.addCleanup(shutil.rmtree, folder)
        self.ca = Authority(folder / "a & b's $(pki)")
        self.ca("init")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *(str(one) for one in arguments)], capture_output=True,
                              text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def text_of(self, folder):
        return self.openssl("x509", "-in", folder / "cert.pem", "-noout", "-text")[1]

    def verdict(self, folder, *options):
        return self.openssl("verify", "-CAfile", self.ca.root, "-CRLfile",
                            self.ca.folder / "crl.pem", "-crl_check", *options,
                            folder / "cert.pem")

    def refused(self, *arguments):
        """Exit code; the message must say something, and not be bash's."""
        done = run_pki(*arguments)
        self.assertNotEqual(done.returncode, 0, arguments)
        self.assertRegex(done.stderr, r"^pki\.sh: \S")
        self.assertNotIn(" line ", done.stderr)
        return done


class Issuing(PkiCase):
    names = {"terminal": TERMINAL, "operator": f"{BANK}/alice", "bank": BANK, "middleware": "mw1",
             "agent": "settlement", "pin": BANK}
    options = {"pin": ("--iin", "92760001,927602")}

    def test_each_kind_verifies_and_carries_its_name(self):
        for kind, name in self.names.items():
            folder = self.ca.issue(kind, name, *self.options.get(kind, ()))
            code, said = self.verdict(folder)
            self.assertEqual(code, 0, said)
            self.assertIn(f"URI:tellerwire://{kind}/{name}", self.text_of(folder))
            self.assertEqual(stat.S_IMODE((folder / "key.pem").stat().st_mode), 0o600)

    def test_usage_is_what_the_kind_needs(self):
        both = "TLS Web Server Authentication, TLS Web Client Authentication"
        for kind, name in self.names.items():
            text = self.text_of(self.ca.issue(kind, name, *self.options.get(kind, ())))
            if kind == "pin":
                self.assertRegex(text, r"Key Usage: critical\n\s+Key Agreement\n")
                self.assertNotIn("Extended Key Usage", text)
            elif kind in ("terminal", "operator"):
                self.assertIn("TLS Web Client Authentication", text)
                self.assertNotIn("Server", text)
            else:
                self.assertIn(both, text)
            self.assertIn("CA:FALSE", text)
            self.assertIn("NIST CURVE: P-256", text)

    def test_servers_have_the_addresses_they_listen_on(self):
        folder = self.ca.issue("middleware", "mw1", "--address", "127.1.2.3", "--address", "::1")
        self.assertEqual(self.verdict(folder, "-verify_ip", "127.1.2.3")[0], 0)
        self.assertEqual(self.verdict(folder, "-verify_ip", "::1")[0], 0)
        self.assertEqual(self.verdict(folder, "-verify_hostname", "localhost")[0], 0)
        self.assertNotEqual(self.verdict(folder, "-verify_ip", "127.1.2.4")[0], 0)

    def test_serial_numbers_are_long_random_and_different(self):
        names = [f"{BANK}/{number:08}" for number in range(1, 21)]
        self.ca("issue", "terminal", *names)
        serials = {line.split()[2] for line in self.ca("list").splitlines()}
        self.assertEqual(len(serials), len(names))
        self.assertEqual({len(serial) for serial in serials}, {32})

    def test_many_are_made_at_once_and_are_what_openssl_makes(self):
        names = [f"{BANK}/{number:08}" for number in range(1, 51)]
        with unittest.mock.patch.dict(os.environ, TW_PKI_ISSUE=str(paths.binary("pki-issue"))):
            self.ca("issue", "terminal", names[0], "-", names=names[1:])
        slowly = self.ca.issue("terminal", f"{BANK}/00000099")
        shape = self.shape_of(slowly)
        for name in names:
            folder = self.ca.holder("terminal", name)
            self.assertEqual(self.verdict(folder)[0], 0)
            self.assertEqual(self.shape_of(folder), shape)
            self.assertIn(f"URI:tellerwire://terminal/{name}", self.text_of(folder))
            self.assertEqual(stat.S_IMODE((folder / "key.pem").stat().st_mode), 0o600)
        serials = {line.split()[2] for line in self.ca("list").splitlines()}
        self.assertEqual((len(serials), {len(serial) for serial in serials}), (51, {32}))
        self.ca("revoke", "terminal", names[7])
        self.assertNotEqual(self.verdict(self.ca.holder("terminal", names[7]))[0], 0)

    def test_names_on_standard_input_are_judged_like_others(self):
        good, bad = f"{BANK}/00000001", f"{BANK}/0000000x"
        for names in ([], [good, bad]):
            done = run_pki("issue", self.ca.folder, "terminal", "-", names=names)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"(?m)^pki\.sh: \S")
        self.ca("issue", "terminal", "-", names=[good])
        self.assertEqual(self.verdict(self.ca.holder("terminal", good))[0], 0)

    def test_failure_of_the_program_for_many_is_told(self):
        with unittest.mock.patch.dict(os.environ, TW_PKI_ISSUE="/bin/false"):
            done = run_pki("issue", self.ca.folder, "terminal", TERMINAL)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"(?m)^pki\.sh: not all")

    def shape_of(self, folder):
        """A certificate's text without what differs from one to the next."""
        text = re.sub(r"\b\d{8}\b|\w\w(:\w\w)+:?|.* GMT", "*", self.text_of(folder))
        return re.sub(r"[ *\n]*\n *", "\n", text)

    def test_pin_key_names_the_cards_it_is_for(self):
        folder = self.ca.issue("pin", BANK, "--iin", "92760001,927602")
        self.assertRegex(self.text_of(folder),
                         rf"URI:tellerwire://pin/{BANK}/92760001/927602\n")
        issue = ("issue", self.ca.folder)
        self.refused(*issue, "pin", "90000002")
        for iins in ("", "92760", "927600011", "82760001", "92760001,", "92760001/927602",
                     "92760001,DNS:x", ",".join(["92760001"] * 17)):
            self.refused(*issue, "pin", "90000002", "--iin", iins)
        self.refused(*issue, "bank", "90000002", "--iin", "92760001")

    def test_names_that_are_none_are_refused(self):
        for kind, name in [("terminal", "17"), ("terminal", f"{BANK}/17"),
                           ("terminal", f"{BANK}/00000000"), ("terminal", f"{BANK}/0000001x"),
                           ("terminal", "10000001/00000017"), ("bank", "1"), ("bank", "x"),
                           ("operator", "alice"), ("operator", f"{BANK}/Alice"),
                           ("operator", f"{BANK}/a/b"), ("middleware", "../mw1"),
                           ("middleware", "mw 1"), ("middleware", "-mw"), ("root", "x"),
                           ("middleware", "mw1,URI:tellerwire://bank/90000001")]:
            self.refused("issue", self.ca.folder, kind, name)

    def test_wrong_options_are_refused_with_a_reason(self):
        for more in [("--days", "x"), ("--days",), ("--address", "127.1.2.3"), ("--other",)]:
            self.refused("issue", self.ca.folder, "terminal", TERMINAL, *more)
        self.refused("issue", self.ca.folder, "bank", BANK, "--address", "example.org;x")
        self.refused("issue", self.ca.folder, "bank", BANK, "--address", "1.2.3.4.5")

    def test_second_certificate_needs_renew_and_makes_a_new_key(self):
        folder = self.ca.issue("terminal", TERMINAL)
        key = (folder / "key.pem").read_text()
        self.refused("issue", self.ca.folder, "terminal", TERMINAL)
        self.assertEqual((folder / "key.pem").read_text(), key)
        self.ca.issue("terminal", TERMINAL, "--renew")
        self.assertNotEqual((folder / "key.pem").read_text(), key)
        self.assertEqual(self.verdict(folder)[0], 0)

    def test_runs_at_the_same_time_do_not_disturb_each_other(self):
        names = [f"{BANK}/{number:08}" for number in range(1, 9)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: self.ca.issue("terminal", name), names))
        self.assertEqual(len(self.ca("list").splitlines()), len(names))


class Revoking(PkiCase):
    def test_revoked_certificate_fails_and_others_do_not(self):
        folder = self.ca.issue("terminal", TERMINAL)
        other = self.ca.issue("bank", BANK)
        self.ca("revoke", "terminal", TERMINAL)
        code, said = self.verdict(folder)
        self.assertNotEqual(code, 0)
        self.assertIn("certificate revoked", said)
        self.assertEqual(self.verdict(other)[0], 0)
        self.assertRegex(self.ca("list"), rf"revoked .* terminal {TERMINAL}\n")

    def test_all_certificates_of_a_name_are_revoked(self):
        folder = self.ca.issue("terminal", TERMINAL)
        shutil.copytree(folder, self.ca.folder / "stolen")
        self.ca.issue("terminal", TERMINAL, "--renew")
        self.ca("revoke", "terminal", TERMINAL)
        for one in (folder, self.ca.folder / "stolen"):
            self.assertIn("certificate revoked", self.verdict(one)[1])
        self.ca.issue("terminal", TERMINAL, "--renew")
        self.assertEqual(self.verdict(folder)[0], 0)

    def test_revoking_twice_is_fine_and_revoking_nobody_is_not(self):
        self.ca.issue("terminal", TERMINAL)
        self.ca("revoke", "terminal", TERMINAL)
        self.ca("revoke", "terminal", TERMINAL)
        self.refused("revoke", self.ca.folder, "terminal", f"{BANK}/00000018")

    def test_expired_certificate_and_stale_list_can_be_made_for_tests(self):
        folder = self.ca.issue("terminal", TERMINAL, "--days", "0")
        self.assertIn("certificate has expired", self.verdict(folder)[1])
        self.assertRegex(self.ca("list"), rf"expired .* terminal {TERMINAL}\n")
        good = self.ca.issue("bank", BANK)
        self.ca("crl", "--days", "0")
        self.assertIn("CRL has expired", self.verdict(good)[1])
        self.ca("crl")
        self.assertEqual(self.verdict(good)[0], 0)


class Folders(PkiCase):
    def test_root_is_never_replaced(self):
        before = self.ca.root.read_text()
        self.refused("init", self.ca.folder)
        self.assertEqual(self.ca.root.read_text(), before)

    def test_folder_without_root_is_refused(self):
        for command in (["list"], ["crl"]):
            self.refused(command[0], self.ca.folder / "none")
        self.refused("issue", self.ca.folder / "none", "bank", BANK)

    def test_root_key_is_the_owners_only(self):
        key = self.ca.folder / "ca" / "root.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(key.parent.stat().st_mode), 0o700)

    def test_wrong_commands_are_refused(self):
        for arguments in ([], ["other"], ["init"], ["issue", self.ca.folder],
                          ["revoke", self.ca.folder], ["keyring"]):
            self.refused(*arguments)
        self.assertEqual(run_pki("help").returncode, 0)

    def test_keyring_is_random_private_and_never_replaced(self):
        one, other = self.ca.folder / "one.ini", self.ca.folder / "other.ini"
        for file in (one, other):
            self.assertEqual(run_pki("keyring", file).returncode, 0)
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
            self.assertRegex(file.read_text(), r"^\[keys\]\n(\w+ = [0-9a-f]{64}\n){3}$")
        keys = {line.split(" = ")[1] for file in (one, other)
                for line in file.read_text().splitlines()[1:]}
        self.assertEqual(len(keys), 6)
        before = one.read_text()
        self.refused("keyring", one)
        self.assertEqual(one.read_text(), before)
