/*
 * Unmodified iso20022.js (npm, https://iso20022js.com) reads the statements of bankctl: what it
 * finds in the camt.053 is what bankctl says in JSON. Settings come from the environment:
 * TW_STATEMENTS is the folder that bookings.py filled, TW_MODULES where npm installed to. Output is
 * TAP; the exit code is 0 when everything was right.
 */
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { TW_STATEMENTS, TW_MODULES } = process.env;
const library = path.join(TW_MODULES, 'iso20022.js', 'dist', 'index.mjs');
const { BalanceTypeCode, CashManagementEndOfDayReport } = await import(pathToFileURL(library));

/* "-1234.56" in cents, exactly. */
function cents(text) {
  const [, sign, whole, decimals] = /^(-?)(\d+)\.(\d\d)$/.exec(text);
  return (sign ? -1 : 1) * (Number(whole) * 100 + Number(decimals));
}

/* The reader multiplies binary fractions. */
function signed(one) {
  return (one.creditDebitIndicator === 'credit' ? 1 : -1) * Math.round(one.amount);
}

function day(date) {
  return date.toISOString().slice(0, 10);
}

function sum(list) {
  return list.reduce((total, one) => total + one, 0);
}

function read(name) {
  const text = (ending) => fs.readFileSync(path.join(TW_STATEMENTS, name + ending), 'utf8');
  const report = CashManagementEndOfDayReport.fromXML(text('.xml'));
  assert.equal(report.statements.length, 1);
  return { report, statement: report.statements[0], said: JSON.parse(text('.json')) };
}

function balance(statement, type) {
  const found = statement.balances.filter((one) => one.type === type);
  assert.equal(found.length, 1);
  return found[0];
}

function checkHead({ report, statement, said }) {
  assert.match(report.messageId, /^[0-9a-f]{32}$/);
  assert.ok(Math.abs(Date.now() - report.creationDate.getTime()) < 600_000);
  assert.equal(statement.account.iban, said.iban);
  assert.equal(String(statement.agent.routingNumber), said.iban.slice(4, 12));
}

function checkBalances({ statement, said }) {
  const opening = balance(statement, BalanceTypeCode.OpeningBooked);
  const closing = balance(statement, BalanceTypeCode.ClosingBooked);
  assert.equal(signed(opening), cents(said.opening_balance));
  assert.equal(signed(closing), cents(said.closing_balance));
  assert.equal(opening.currency, 'EUR');
  assert.equal(day(opening.date), said.from);
  assert.equal(day(closing.date), said.to);
  assert.equal(signed(opening) + sum(statement.entries.map(signed)), signed(closing));
}

function checkTotals({ statement, said }) {
  const amounts = statement.entries.map(signed);
  const credits = amounts.filter((amount) => amount > 0);
  const debits = amounts.filter((amount) => amount < 0);
  assert.equal(credits.length, said.credits);
  assert.equal(debits.length, said.debits);
  assert.equal(sum(credits), cents(said.credit_total));
  assert.equal(-sum(debits), cents(said.debit_total));
  assert.equal(statement.numOfEntries, amounts.length);
  assert.equal(Math.round(statement.sumOfEntries * 100), sum(credits) - sum(debits));
  assert.equal(statement.numOfCredits, credits.length);
  assert.equal(Math.round(statement.sumOfCredits * 100), sum(credits));
  assert.equal(statement.numOfDebits, debits.length);
  assert.equal(Math.round(statement.sumOfDebits * 100), -sum(debits));
}

function checkEntries({ statement, said }) {
  assert.equal(statement.entries.length, said.entries.length);
  statement.entries.forEach((entry, i) => {
    const own = said.entries[i];
    assert.equal(entry.referenceId, String(own.entry_no));
    assert.equal(signed(entry), cents(own.amount));
    assert.equal(entry.currency, 'EUR');
    assert.equal(day(entry.bookingDate), own.booking_date);
    assert.equal(entry.proprietaryCode, own.operation);
    assert.equal(String(entry.transactions[0].accountServicerReferenceId),
      own.txid.replaceAll('-', ''));
  });
}

const kinds = {
  head: checkHead, balances: checkBalances, totals: checkTotals, entries: checkEntries,
};
const steps = [];
for (const name of ['whole', 'first', 'second', 'empty']) {
  for (const [kind, check] of Object.entries(kinds)) {
    steps.push([`${kind} of "${name}" are what bankctl says`, () => check(read(name))]);
  }
}
steps.push(['every kind of entry was there', () => {
  const codes = read('whole').statement.entries.map((entry) => entry.bankTransactionCode);
  assert.deepEqual([...new Set(codes.map((code) => code.proprietaryCode))].sort(),
    ['counter_deposit', 'counter_withdrawal', 'deposit', 'transfer', 'withdrawal']);
  const withdrawal = codes.find((code) => code.proprietaryCode === 'withdrawal');
  assert.equal(withdrawal.domainCode, 'PMNT');
  assert.equal(withdrawal.domainFamilyCode, 'CCRD');
  assert.equal(withdrawal.domainSubFamilyCode, 'CWDL');
}]);
steps.push(['a transfer names the account it went to', () => {
  const { statement, said } = read('whole');
  const at = said.entries.findIndex((entry) => entry.operation === 'transfer');
  assert.equal(statement.entries[at].transactions[0].creditor.account.iban,
    said.entries[at].counterparty);
}]);
steps.push(['two dates follow each other without a gap', () => {
  const [first, second, whole] = ['first', 'second', 'whole'].map((name) => read(name).statement);
  assert.equal(signed(balance(first, BalanceTypeCode.ClosingBooked)),
    signed(balance(second, BalanceTypeCode.OpeningBooked)));
  assert.equal(first.entries.length + second.entries.length, whole.entries.length);
  assert.ok(first.entries.length > 0 && second.entries.length > 0);
}]);
steps.push(['an account without entries has balances of zero', () => {
  const { statement } = read('empty');
  assert.deepEqual(statement.entries, []);
  assert.deepEqual(statement.balances.map(signed), [0, 0]);
}]);

console.log(`1..${steps.length}`);
let failed = 0;
steps.forEach(([name, step], i) => {
  try {
    step();
    console.log(`ok ${i + 1} - ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${i + 1} - ${name}`);
    console.log(String(error.stack).replace(/^/gm, '# '));
  }
});
process.exitCode = failed === 0 ? 0 : 1;
