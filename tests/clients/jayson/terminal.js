/*
 * Unmodified jayson (npm, https://github.com/tedeh/jayson) as a terminal: TLS with a client
 * certificate, one connection per call. It also makes a PIN block with nothing but node:crypto, to
 * show that the format in docs/PROTOCOL.md is enough to write a terminal. Settings come from the
 * environment (see ../README.md); output is TAP; the exit code is 0 when everything was right.
 */
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const util = require('node:util');
const jayson = require('jayson');

const settings = process.env;
const TERMINAL = settings.TW_TERMINAL;

const client = jayson.Client.tls({
  host: settings.TW_HOST,
  port: Number(settings.TW_PORT),
  ca: fs.readFileSync(settings.TW_ROOT),
  cert: fs.readFileSync(settings.TW_CERTIFICATE),
  key: fs.readFileSync(settings.TW_KEY),
  minVersion: 'TLSv1.3',
});

let businessDate = '1970-01-01';
let stan = 0;

function header(members = {}) {
  stan += 1;
  return { terminal_id: TERMINAL, business_date: businessDate, stan, txid: crypto.randomUUID(),
    ...members };
}

/* The whole JSON-RPC answer, {result} or {error}; rejects when the transport fails. */
function call(method, params, id) {
  return new Promise((resolve, reject) => {
    client.request(method, params, id, (error, answer) => {
      if (error) reject(error);
      else if (!answer) reject(new Error(`${method}: connection closed without an answer`));
      else resolve(answer);
    });
  });
}

function batch(requests) {
  return new Promise((resolve, reject) => {
    client.request(requests, (error, answers) => (error ? reject(error) : resolve(answers)));
  });
}

async function result(method, params) {
  const answer = await call(method, params);
  assert.ok(answer.result, `${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}

/* The issuer's key, after its certificate was checked against the network's root. */
async function issuerKey() {
  const answer = await result('pin.key', header({ iin: settings.TW_PAN.slice(0, 8) }));
  const certificate = new crypto.X509Certificate(answer.certificate);
  const root = new crypto.X509Certificate(fs.readFileSync(settings.TW_ROOT));
  assert.ok(certificate.checkIssued(root) && certificate.verify(root.publicKey), 'not of our root');
  const [bank, ...iins] = certificate.subjectAltName.replace('URI:tellerwire://pin/', '').split('/');
  assert.equal(bank, answer.bank_code);
  assert.ok(iins.some((iin) => settings.TW_PAN.startsWith(iin)), `not for this card: ${iins}`);
  return certificate.publicKey;
}

function uint32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/* JWE (RFC 7516, compact), ECDH-ES on P-256 with the Concat KDF (RFC 7518 4.6), A256GCM. */
function encrypt(plaintext, recipient) {
  const ephemeral = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = ephemeral.publicKey.export({ format: 'jwk' });
  const header64 = Buffer.from(JSON.stringify(
    { alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty, crv, x, y } })).toString('base64url');
  const secret = crypto.diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const key = crypto.createHash('sha256').update(Buffer.concat([
    uint32(1), secret, uint32(7), Buffer.from('A256GCM'), uint32(0), uint32(0), uint32(256),
  ])).digest();
  const iv = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header64));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
  return [header64, '', ...parts].join('.');
}

function pinBlock(pin, txid, recipient) {
  const members = ['1', settings.TW_PAN, TERMINAL, txid, Date.now(), pin, ''];
  return encrypt(members.join(';').padEnd(128), recipient);
}

async function openSession(pin, recipient) {
  const params = header({ pan: settings.TW_PAN, expiry: settings.TW_EXPIRY });
  params.pin_block = pinBlock(pin, params.txid, recipient);
  return result('session.open', params);
}

const steps = {
  async 'sign-on answers the business date'() {
    const answer = await result('network.sign_on', header());
    assert.equal(answer.rc, '00');
    assert.match(answer.business_date, /^\d{4}-\d{2}-\d{2}$/);
    businessDate = answer.business_date;
  },
  async 'echo is approved, with a string id and with a number'() {
    for (const id of ['echo-1', 4711]) {
      const answer = await call('network.echo', header(), id);
      assert.equal(answer.id, id);
      assert.equal(answer.result.rc, '00');
    }
  },
  async 'unknown method is error -32601'() {
    const { error } = await call('no.such_method', header());
    assert.equal(error.code, -32601);
    assert.equal(error.data.rc, '12');
  },
  async 'missing member is error -32602'() {
    const { error } = await call('network.echo', { terminal_id: TERMINAL });
    assert.equal(error.code, -32602);
  },
  async "another terminal's identity is error -32002"() {
    const { error } = await call('network.echo', header({ terminal_id: '99999999' }));
    assert.equal(error.code, -32002);
    assert.equal(error.data.rc, '63');
  },
  async 'batch of five is answered as one array'() {
    const requests = Array.from({ length: 4 }, () => client.request('network.echo', header()));
    requests.push(client.request('no.such_method', header()));
    const answers = await batch(requests);
    assert.equal(answers.length, 5);
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    requests.slice(0, 4).forEach(({ id }) => assert.equal(byId.get(id).result.rc, '00'));
    assert.equal(byId.get(requests[4].id).error.code, -32601);
  },
  async 'four calls at once, each on its own connection, are all answered'() {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => result('network.echo', header())));
    answers.forEach((answer) => assert.equal(answer.rc, '00'));
  },
  async 'PIN block of our own: wrong PIN is 55, right PIN opens a session'() {
    const recipient = await issuerKey();
    const wrong = settings.TW_PIN === '9999' ? '8888' : '9999';
    assert.equal((await openSession(wrong, recipient)).rc, '55');
    const answer = await openSession(settings.TW_PIN, recipient);
    assert.equal(answer.rc, '00', util.inspect(answer));
    const { session, accounts } = answer;
    const balance = await result('balance.inquiry',
      header({ session, account: accounts[0].account }));
    assert.equal(balance.rc, '00');
    assert.ok(Number.isSafeInteger(balance.ledger_balance));
    assert.equal((await result('session.close', header({ session }))).rc, '00');
  },
};

async function main() {
  let failures = 0;
  const names = Object.keys(steps);
  console.log(`1..${names.length}`);
  for (const [number, name] of names.entries()) {
    try {
      await steps[name]();
      console.log(`ok ${number + 1} - ${name}`);
    } catch (error) {
      failures += 1;
      console.log(`not ok ${number + 1} - ${name}`);
      console.log(String(error.stack || error).replace(/^/gm, '# '));
    }
  }
  process.exitCode = failures === 0 ? 0 : 1;
}

main();
