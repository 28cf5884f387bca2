"""What the statements are about: one customer's operations of every kind, over two business dates.

export(network, number) leaves in a folder of the network, for statement.mjs:
    NAME.xml    bankctl statement --camt053
    NAME.json   bankctl --json statement, of the same account and dates
for NAME "whole" (both dates), "first" and "second" (one each), "empty" (an account without entries).
"""

import json

from host import Card

NAME = "O'Neil & <S\u00f6hne> \"AG\" ]]>"
PIN = "4271"


def customer(network):
    """Card with a checking and a savings account; the second has no entries."""
    number = str(network.bankctl("customer", "create", "--name", NAME)["customer"])
    accounts = [network.bankctl("account", "open", "--customer", number, *options)["iban"]
                for options in (["--deposit", "500.00"], ["--product", "savings"])]
    card = network.run_bankctl("--json", "card", "issue", "--customer", number, "--accounts",
                               accounts[0], "--daily-limit", "1000", "--pin-stdin",
                               text=PIN + "\n")
    issued = json.loads(card.stdout)
    return Card(issued["pan"], issued["expiry"], PIN, accounts)


def use_terminal(network, number, card):
    """A withdrawal, one that is reversed, one of which a part comes out, a deposit, a transfer."""
    terminal = network.host(number)
    terminal.open(card)
    for amount, kept in ((60_00, 60_00), (20_00, 0), (100_00, 40_00)):
        request = terminal.withdrawal(amount)
        terminal.expect("00", request)
        terminal.expect("00", terminal.confirmation(request) if kept == amount
                        else terminal.reversal(request, dispensed=kept))
    terminal.expect("00", terminal.deposit(150_00))
    terminal.expect("00", terminal.transfer(12_34, network.cards[number].accounts[0]))
    terminal.close()


def write(network, folder, name, account, first, last):
    period = ["statement", account, "--from", first, "--to", last]
    done = network.run_bankctl(*period, "--camt053")
    if done.returncode != 0:
        raise RuntimeError(f"bankctl {' '.join(period)}: {done.stderr}")
    (folder / f"{name}.xml").write_text(done.stdout, encoding="utf-8")
    (folder / f"{name}.json").write_text(json.dumps(network.bankctl(*period)), encoding="utf-8")


def export(network, number):
    folder = network.folder / "statements"
    folder.mkdir()
    card = customer(network)
    first = network.bankctl("bank", "show")["business_date"]
    use_terminal(network, number, card)
    second = network.bankctl("bank", "advance-date")["business_date"]
    network.bankctl("account", "deposit", card.accounts[0], "0.01")
    network.bankctl("account", "withdraw", card.accounts[0], "19.99")
    write(network, folder, "whole", card.accounts[0], first, second)
    write(network, folder, "first", card.accounts[0], first, first)
    write(network, folder, "second", card.accounts[0], second, second)
    write(network, folder, "empty", card.accounts[1], first, second)
    return folder
