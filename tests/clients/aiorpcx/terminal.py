#!/usr/bin/python3
"""Unmodified aiorpcX (Debian python3-aiorpcx) as a terminal: one TLS connection with a client
certificate, many requests in flight on it. Settings come from the environment (see ../README.md);
output is TAP; the exit code is 0 when everything was right.
"""

import asyncio
import os
import re
import ssl
import sys
import traceback
import uuid

from aiorpcx import RPCError, connect_rs

TERMINAL = os.environ["TW_TERMINAL"]


class Terminal:
    def __init__(self, session):
        self.session = session
        self.business_date = "1970-01-01"
        self.stan = 0

    def header(self, **members):
        self.stan += 1
        return {"terminal_id": TERMINAL, "business_date": self.business_date, "stan": self.stan,
                "txid": str(uuid.uuid4()), **members}

    async def call(self, method, **members):
        return await self.session.send_request(method, self.header(**members))

    async def error_of(self, method, params):
        try:
            answer = await self.session.send_request(method, params)
        except RPCError as error:
            return error
        raise AssertionError(f"{method} was not refused: {answer}")


async def sign_on_answers_the_business_date(terminal):
    answer = await terminal.call("network.sign_on")
    assert answer["rc"] == "00", answer
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", answer["business_date"]), answer
    terminal.business_date = answer["business_date"]


async def echo_is_approved(terminal):
    answer = await terminal.call("network.echo")
    assert answer["rc"] == "00", answer


async def fifty_pipelined_echoes_are_all_answered(terminal):
    answers = await asyncio.gather(*(terminal.call("network.echo") for _ in range(50)))
    assert [answer["rc"] for answer in answers] == ["00"] * 50, answers


async def unknown_method_is_error_32601(terminal):
    error = await terminal.error_of("no.such_method", terminal.header())
    assert error.code == -32601, error


async def positional_parameters_are_error_32602(terminal):
    error = await terminal.error_of("network.echo", [1, 2])
    assert error.code == -32602, error


async def identity_of_another_terminal_is_error_32002(terminal):
    error = await terminal.error_of("network.echo", terminal.header(terminal_id="99999999"))
    assert error.code == -32002, error


async def batch_is_answered_as_a_whole(terminal):
    async with terminal.session.send_batch() as batch:
        for _ in range(4):
            batch.add_request("network.echo", terminal.header())
        batch.add_request("no.such_method", terminal.header())
    outcomes = [one.code if isinstance(one, RPCError) else one["rc"] for one in batch.results]
    assert outcomes == ["00"] * 4 + [-32601], outcomes


async def notification_is_not_answered_and_the_connection_goes_on(terminal):
    await terminal.session.send_notification("network.echo", terminal.header())
    await echo_is_approved(terminal)


STEPS = [
    sign_on_answers_the_business_date,
    echo_is_approved,
    fifty_pipelined_echoes_are_all_answered,
    unknown_method_is_error_32601,
    positional_parameters_are_error_32602,
    identity_of_another_terminal_is_error_32002,
    batch_is_answered_as_a_whole,
    notification_is_not_answered_and_the_connection_goes_on,
]


def context():
    made = ssl.create_default_context(cafile=os.environ["TW_ROOT"])  # checks the host's name
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(os.environ["TW_CERTIFICATE"], os.environ["TW_KEY"])
    return made


async def main():
    failures = 0
    print(f"1..{len(STEPS)}")
    host, port = os.environ["TW_HOST"], int(os.environ["TW_PORT"])
    async with connect_rs(host, port, ssl=context()) as session:
        session.sent_request_timeout = 15.0
        terminal = Terminal(session)
        for number, step in enumerate(STEPS, start=1):
            name = step.__name__.replace("_", " ")
            try:
                await step(terminal)
                print(f"ok {number} - {name}")
            except Exception:  # any of aiorpcX's: the step failed, the next one still runs
                failures += 1
                print(f"not ok {number} - {name}")
                print("# " + traceback.format_exc().replace("\n", "\n# "))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
