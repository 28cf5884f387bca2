"""A settlement agent that is told what to answer: it takes positions, checks nothing, and says a
result when it has all of them. For what the real one would never do: `twist(bank, result)` changes
a result before it is signed, `signer` is the folder whose key signs, `dispute` names the banks that
hear that their first positions of a window are contradicted.
"""

import asyncio
import base64
import collections
import json
import subprocess
import threading

from message_proxy import server_context

TYPE = "tellerwire-finality"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def payload_of(jws):
    part = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _integer(der, at):
    """A DER integer as 32 bytes, and where the next one begins."""
    length = der[at + 1]
    return der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0"), at + 2 + length


def sign(payload, key, kind=TYPE):
    """Compact JWS, ES256, by the openssl command line tool."""
    text = ".".join(base64url(part.encode()) for part in
                    ('{"alg":"ES256","typ":"%s"}' % kind, json.dumps(payload)))
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(key)], input=text.encode(),
                         capture_output=True, check=True).stdout
    r, after = _integer(der, 2)
    s, _ = _integer(der, after)
    return f"{text}.{base64url(r + s)}"


class FakeAgent:
    """participants: bank codes. Listens on host, with the certificate of this folder."""

    def __init__(self, host, folder, root, participants, cap=10 ** 15):
        self.signer = folder
        self.participants = sorted(participants)
        self.caps = dict.fromkeys(self.participants, cap)
        self.statuses = dict.fromkeys(self.participants, "ACTIVE")
        self.open_window = 1
        self.twist = lambda bank, result: result
        self.dispute = set()          # bank codes
        self.holding = False          # nothing becomes final
        self.excluded = set()         # left out of the next result
        self.submitted = collections.defaultdict(dict)  # window -> {bank: positions}
        self.final = {}               # (window, bank) -> JWS
        self.asked = collections.Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="agent", daemon=True)
        self._thread.start()
        self._server = self._wait(asyncio.start_server(
            self._serve, host, 0, ssl=server_context(folder, root), limit=1 << 20))
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname()[:2])

    def close(self):
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _end(self):
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer):
        names = dict(writer.get_extra_info("peercert")).get("subjectAltName", ())
        bank = int(names[0][1].rpartition("/")[2])
        try:
            while line := await reader.readline():
                request = json.loads(line)
                result = self._answer(bank, request["method"], request.get("params") or {})
                writer.write(json.dumps({"jsonrpc": "2.0", "id": request["id"],
                                         "result": result}).encode() + b"\n")
                await writer.drain()
        except (OSError, asyncio.CancelledError):  # the second: the end of the agent
            pass
        finally:
            writer.close()

    def _answer(self, bank, method, params):
        self.asked[method] += 1
        if not method.startswith("settlement."):
            return {}
        window = params["window_no"]
        if method == "settlement.submit":
            self.submitted[window][bank] = payload_of(params["statement"])
        result = {"rc": "00", "text": "approved", "window_no": window,
                  "open_window_no": self.open_window, "status": "CLOSED",
                  "submitted": bank in self.submitted[window]}
        missing = [code for code in self.participants if code not in self.submitted[window]]
        disputed = {code for code, positions in self.submitted[window].items()
                    if code in self.dispute and positions["revision"] == 1}
        if bank in disputed:
            return {**result, "rc": "95", "text": "reconciliation difference",
                    "disputed": [{"bank_code": str(code)} for code in self.participants
                                 if code != bank]}
        if missing:
            return {**result, "missing": [{"bank_code": str(code)} for code in missing]}
        if self.holding or disputed:
            return {**result, "reason": "held by the test"}
        jws = self.final.get((window, bank)) or self._settle(window, bank)
        return {**result, "status": "SETTLED", "finality": jws,
                "certificate": (self.signer / "cert.pem").read_text()}

    def _settle(self, window, bank):
        positions = self.submitted[window][bank].get("positions", [])
        pairs = [{"peer": one["peer"], "net": one["debit_amount"] - one["credit_amount"],
                  "settled": not {bank, int(one["peer"])} & self.excluded} for one in positions]
        result = {"bank": str(bank), "window_no": window,
                  "currency": self.submitted[window][bank]["currency"],
                  "model": "multilateral", "result": "SETTLED",
                  "settled_at": "2026-11-26T12:00:00Z",
                  "net": sum(pair["net"] for pair in pairs if pair["settled"]),
                  "prefunding_drawn": 0, "reserve": 0, "prefunding": 0, "pairs": pairs,
                  "participants": [{"bank": str(code), "status": self.statuses[code],
                                    "cap": self.caps[code]} for code in self.participants]}
        jws = sign(self.twist(bank, result), self.signer / "key.pem")
        self.final[window, bank] = jws
        return jws
