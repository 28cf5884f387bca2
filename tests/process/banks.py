"""Several banks in one network: each a Network of its own, all under the root of the first one.

    with Banks(3, bank_servers=2, terminals=1, cards=2) as banks:
        alder, birch, cedar = banks
        terminal = alder.host(0)                   # alder's terminal, birch's card
        terminal.open(birch.cards[0])
        banks.proxy(birch).lose("withdrawal.request", ANSWERS, times=1)
        ...
        banks.heal(); banks.settle(); banks.audit()

The directory names, for each bank, the addresses of a message proxy in front of its bank servers
(unless proxied=False), so that everything between banks passes through one. Judged afterwards are
every bank's own invariants, what two banks say of each other: mirrored items (X1) and transfers
that ended the same way at both (X6), and that no money came or went in all of them together (X5).
"""

import collections
import datetime
import itertools
import json
import re
import subprocess

import paths
from harness import Network, end_left
from message_proxy import MessageProxy
from processes import wait_until

NAMES = ({"bank": "90000001", "name": "Alder Bank", "iin": "92760001"},
         {"bank": "90000002", "name": "Birch Bank", "iin": "92760002"},
         {"bank": "90000003", "name": "Cedar Bank", "iin": "92760003"})
CURRENCY = "EUR"
SURCHARGE, INTERCHANGE = 1_50, 40
PEER_LIMIT = 10_000_000_00
# A bank looks for a new directory every two seconds, and links need a moment.
PEERS_SECONDS = 20.0
SETTLE_SECONDS = 90.0


class Banks:
    """Iterates over the Networks. waits, settlement: {key: value} of [interbank] and [settlement]
    of all bank servers. shape: arguments of each Network."""

    def __init__(self, count=2, proxied=True, surcharge=SURCHARGE, interchange=INTERCHANGE,
                 peer_limit=PEER_LIMIT, seed=1, waits=None, settlement=None, **shape):
        self._proxied, self._seed = proxied, seed
        self._waits = waits or {}
        self._settlement = settlement or {}
        self._fees = surcharge, interchange
        self._peer_limit = peer_limit
        self._serials = itertools.count(1)
        self._proxies = {}
        self.networks = []
        for identity in NAMES[:count]:
            first = self.networks[0] if self.networks else None
            self.networks.append(Network(identity=identity, join=first, **shape))

    def __iter__(self):
        return iter(self.networks)

    def __enter__(self):
        try:
            self._prepare()
            self.spoilt = False
        except BaseException:
            self.failed = True
            self.close()
            raise
        return self

    def __exit__(self, kind, *_):
        self.failed = self.failed or kind is not None
        self.close()

    @property
    def failed(self):
        return any(network.failed for network in self.networks)

    @failed.setter
    def failed(self, value):
        for network in self.networks:
            network.failed = value

    @property
    def spoilt(self):
        return any(network.spoilt for network in self.networks)

    @spoilt.setter
    def spoilt(self, value):
        for network in self.networks:
            network.spoilt = value

    # Life

    def _prepare(self):
        surcharge, interchange = self._fees
        for network in self.networks:
            network.prepare()
            network.bankctl("bank", "surcharge", decimal(surcharge))
            network.bankctl("bank", "peer-limit", decimal(self._peer_limit))
            for server in network.bank_servers:
                network.append(server.name, "interbank", self._waits)
                network.append(server.name, "settlement", self._settlement)
        issuers = IssuerPins(self.networks)
        for network in self.networks:
            network.pins = issuers
        if self._proxied:
            for number, network in enumerate(self.networks):
                self._proxies[network.bank_code] = self._new_proxy(network, self._seed + number)
        self.publish()
        for network, peer in itertools.permutations(self.networks, 2):
            network.bankctl("peer", "interchange", peer.bank_code, decimal(interchange))
        for network in self.networks:
            network.start_daemons(wait=False)
        for network in self.networks:
            network.wait_ready()
        self.wait_peers()

    def _new_proxy(self, network, seed):
        folders = {one.bank_code: one.folder / "pki" / f"bank-{one.bank_code}"
                   for one in self.networks}
        return MessageProxy([server.address for server in network.bank_servers],
                            network.environment["TW_ADDRESS"], folders.pop(network.bank_code),
                            folders, network.root, seed)

    def proxy(self, network):
        """What its peers must pass to reach this bank."""
        return self._proxies[network.bank_code]

    def heal(self):
        """After any fault: everything runs, and every bank reaches every other."""
        for proxy in self._proxies.values():
            proxy.release()
        for network in self.networks:
            network.heal()
        self.wait_peers()

    def close(self):
        try:
            for proxy in self._proxies.values():
                proxy.close()
        finally:
            self._end(list(self.networks))

    def _end(self, networks):
        """The last one first: it uses the first one's root. All are ended, whatever fails."""
        if not networks:
            end_left()
            return
        try:
            networks.pop().end()
        finally:
            self._end(networks)

    # Directory

    def addresses(self, network):
        """Where peers find its bank servers."""
        if self._proxied:
            return self.proxy(network).addresses
        return [server.address for server in network.bank_servers]

    def publish(self, at=None, networks=None):
        """A new directory of these banks (default: all), imported at these (default: the same)."""
        networks = networks or self.networks
        serial = next(self._serials)
        now = datetime.datetime.now(datetime.timezone.utc)
        content = {"serial": serial, "issued": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                   "banks": [{"bank_code": one.bank_code, "name": one.environment["BANK_NAME"],
                              "currency": CURRENCY, "iins": [one.iin],
                              "addresses": self.addresses(one)} for one in networks]}
        signed = self.sign(content, f"directory-{serial}")
        for network in at or networks:
            network.bankctl("directory", "import", str(signed))
        return serial

    def sign(self, content, name, key=None):
        """The file with this directory as the network's root signs it, or whoever has this key."""
        folder = self.networks[0].folder
        plain, signed = folder / "etc" / f"{name}.json", folder / "etc" / f"{name}.jws"
        plain.write_text(json.dumps(content))
        done = subprocess.run([paths.binary("directory"), "sign", "--key",
                               key or folder / "pki" / "ca" / "root.key", "--in", plain, "--out", signed],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"directory sign: {done.stderr}")
        return signed

    def wait_peers(self, networks=None, seconds=PEERS_SECONDS):
        """Until every bank server of these banks has a link to every other of them."""
        networks = networks or self.networks
        for network, peer in itertools.permutations(networks, 2):
            for server in network.bank_servers:
                wait_until(lambda server=server, peer=peer: peers_up(server, peer) > 0,
                           lambda server=server, peer=peer:
                           f"{server.name} reaches {peer.bank_code}:\n{server.log_tail()}", seconds)

    # Judgement

    def settle(self, seconds=SETTLE_SECONDS):
        """Until no bank has a message for another one. Pace is no matter of correctness: what waits
        for its next attempt is made due at once."""
        def all_sent():
            for network in self.networks:
                hurry(network)
            return not any(waiting(network) for network in self.networks)

        wait_until(all_sent, lambda: [network.bankctl("saf") for network in self.networks], seconds)

    def audit(self):
        """Every bank's invariants, then what any two of them say of each other."""
        for network in self.networks:
            network.audit()
        findings = []
        for one, other in itertools.combinations(self.networks, 2):
            findings += mirror_findings(one, other)
            findings += position_findings(one, other)
        for one, other in itertools.permutations(self.networks, 2):
            findings += transfer_findings(one, other)
        findings += conservation_findings(self.networks)
        if findings:
            raise AssertionError("\n".join(findings[:50]))


class IssuerPins:
    """PIN blocks for the cards of several banks: each for its issuer."""

    def __init__(self, networks):
        self._issuers = [(network.iin, network.pins) for network in networks]

    def block(self, pin, pan, *arguments, **options):
        issuer = next(pins for iin, pins in self._issuers if pan.startswith(iin))
        return issuer.block(pin, pan, *arguments, **options)


def hurry(network):
    """Whatever waits for its next attempt is due."""
    network.postgres.query("UPDATE bank.saf SET next_try_at = now() WHERE next_try_at > now()",
                           "tw_operator")


def waiting(network):
    """How many messages wait for their acknowledgement."""
    return int(network.postgres.query("SELECT count(*) FROM bank.saf"))


def peers_up(server, peer):
    """Addresses of a peer bank that this bank server has a link to."""
    found = re.search(r'^tellerwire_peer_servers_up\{peer="%s"\} (\d+)$' % peer.bank_code,
                      server.metrics(), re.MULTILINE)
    return int(found[1]) if found else 0


def decimal(amount_minor):
    return f"{amount_minor // 100}.{amount_minor % 100:02}"


def minor(text):
    return int(text.replace(".", ""))


def items(network, peer):
    """Counter of (txid, window, amount) that a bank has booked with a peer; debit positive."""
    rows = network.postgres.query("SELECT txid, window_no, amount_minor FROM bank.interbank_item"
                                  f" WHERE peer_code = {peer.bank_code}")
    return collections.Counter((txid, int(window), int(amount)) for txid, window, amount
                               in (row.split("|") for row in rows.splitlines()))


def mirror_findings(one, other):
    """X1 at rest: each item stands in both books, with opposite signs."""
    ours, theirs = items(one, other), items(other, one)
    mirrored = collections.Counter({(txid, window, -amount): count
                                    for (txid, window, amount), count in theirs.items()})
    return ([f"only at {one.bank_code} about {other.bank_code}: {item}"
             for item in (ours - mirrored).elements()] +
            [f"only at {other.bank_code} about {one.bank_code}: {item}, seen from there"
             for item in (mirrored - ours).elements()])


def positions(network, peer):
    """{window: (debits and credits, what is the same from both sides)} of a bank's table position,
    all stripes together: counts and sums, and the digest of the items."""
    rows = network.postgres.query(
        "SELECT window_no, sum(debit_count), sum(debit_minor), sum(credit_count), sum(credit_minor),"
        " sum(reversal_count), sum(reversal_minor), sum(fee_minor),"
        " string_agg(encode(digest, 'hex'), '+')"
        f" FROM bank.position WHERE peer_code = {peer.bank_code} GROUP BY window_no")
    found = {}
    for row in rows.splitlines():
        *numbers, digests = row.split("|")
        window, *sums = map(int, numbers)
        digest = sum(int(one, 16) for one in digests.split("+")) % 2 ** 256
        if any(sums) or digest:
            found[window] = (tuple(sums[:2]), tuple(sums[2:4]), (*sums[4:], digest))
    return found


def position_findings(one, other):
    """X1 by the running totals, which is how banks compare at the end of a window."""
    ours = positions(one, other)
    theirs = {window: (credits, debits, rest)
              for window, (debits, credits, rest) in positions(other, one).items()}
    return [f"window {window}: {one.bank_code} has {ours.get(window)}, {other.bank_code}'s mirror is "
            f"{theirs.get(window)}"
            for window in sorted(ours.keys() | theirs.keys())
            if ours.get(window) != theirs.get(window)]


def outcomes(network, peer, phase):
    """{txid: response code} of the decisions of a phase that concern a peer."""
    rows = network.postgres.query("SELECT txid, rc FROM bank.decision WHERE phase = "
                                  f"{phase} AND peer = {peer.bank_code}")
    return dict(row.split("|") for row in rows.splitlines())


def conservation_findings(networks):
    """X5 at rest: what customers and owners of all banks have, what was earned and what is still
    open is the cash in vaults and machines, and the reserves at the settlement agent. What banks owe
    each other is left out: it is nobody's wealth, and would hide what one of them lost."""
    rest = sum(int(network.postgres.query(
        "SELECT coalesce(sum(balance_minor), 0) FROM bank.account JOIN bank.account_kind USING"
        " (kind) WHERE code <> 'IB'")) for network in networks)
    return [f"X5: {rest} minor units too much cash in all banks together"] if rest != 0 else []


OUTCOME, CREDIT, RETURN = 4, 5, 6  # phases of a transfer: at its originator, beneficiary, both


def transfer_findings(originator, beneficiary):
    """X6: what the beneficiary decided is what the originator booked; returns likewise."""
    booked = outcomes(originator, beneficiary, OUTCOME)
    findings = []
    for txid, rc in outcomes(beneficiary, originator, CREDIT).items():
        if (rc == "00") != (booked.get(txid) == "00"):
            findings.append(f"transfer {txid}: {rc} at {beneficiary.bank_code}, "
                            f"{booked.get(txid)} at {originator.bank_code}")
    sent = outcomes(beneficiary, originator, RETURN)
    heard = outcomes(originator, beneficiary, RETURN)
    findings += [f"return of {txid}: at one bank only" for txid in sent.keys() ^ heard.keys()]
    return findings
