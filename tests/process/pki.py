"""The certificate authority of a network, as its operator uses it (middleware/pki/pki.sh), and
certificates that it would never issue."""

import os
import ssl
import subprocess

import paths
from wire import Identity

PKI_SH = paths.ROOT / "middleware" / "pki" / "pki.sh"


def run_pki(*arguments, names=()):
    """CompletedProcess of pki.sh; names are what it reads when "-" stands among the arguments."""
    return subprocess.run([str(PKI_SH), *(str(one) for one in arguments)],
                          input="".join(f"{name}\n" for name in names), capture_output=True,
                          text=True, check=False)


class Authority:
    """One DIR of pki.sh."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "root.crt"

    def __call__(self, command, *arguments, names=()):
        done = run_pki(command, self.folder, *arguments, names=names)
        if done.returncode != 0:
            raise AssertionError(f"pki.sh {command}: {done.stderr}")
        return done.stdout

    def holder(self, kind, name):
        return self.folder / f"{kind}-{name.replace('/', '-')}"

    def issue(self, kind, name, *options):
        """The folder with cert.pem and key.pem."""
        self("issue", kind, name, *options)
        return self.holder(kind, name)

    def expire_crl_in(self, seconds):
        """A revocation list for a few seconds, which pki.sh has no option for."""
        self.openssl("ca", "-config", "ca/openssl.cnf", "-gencrl", "-crlsec", str(seconds),
                      "-out", "crl.pem")

    def forge(self, name, *extensions):
        """A certificate signed by the root with these extensions only ("keyUsage=...")."""
        folder = self.folder / name
        folder.mkdir()
        self.openssl("req", "-new", "-x509", "-config", "ca/openssl.cnf", "-extensions", "subject",
                      "-CA", "root.crt", "-CAkey", "ca/root.key", "-days", "1", "-newkey", "ec",
                      "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=forged",
                      "-keyout", f"{name}/key.pem", "-out", f"{name}/cert.pem",
                      *(part for extension in extensions for part in ("-addext", extension)))
        return folder

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True,
                       env={**os.environ, "TW_PKI_NAMES": "URI:tellerwire:none"})


class BareIdentity(Identity):
    """Trusts the root, shows no certificate."""

    def __init__(self, root):  # pylint: disable=super-init-not-called
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.load_verify_locations(str(root))


class OldIdentity(Identity):
    """Speaks TLS 1.2 at most."""

    def __init__(self, folder, root):
        super().__init__(folder, root)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
