/**
 * Canaries: secrets of every kind, put into every part of requests and given out once by the product, are searched for
 * afterwards in all that was logged, answered, mailed, told, and stored.
 * Keeps: what is allowed to show a secret is named here, one by one: the answer that gives it out, and the mail that
 * carries a link.
 */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import request from 'supertest';
import { keepSecretsOf } from '../../src/platform/logging/redaction.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { said } from '../factories/telegram.js';
import { TelegramBotApi } from '../servers/telegram-bot-api.js';
import { WebhookBox } from '../servers/webhook-box.js';
import {
  eventually,
  RememberingChannel,
  startTestApplication,
  TEST_SECRETS,
  type TestApplication,
} from '../support/application.js';

/** As people choose or get them; none has a form that could be recognised by its look, where there is a choice. */
const GIVEN = {
  password: 'Kanarie vogel in de mijn 47',
  exchange_key: 'kanarieKEYq81mzp40vbtrw29',
  exchange_secret: 'kanarieSECx72nfh53ulcyd16',
  api_token: 'vzk_0c0ffee0aa_kanarieTOKgj5h3k8s2d7f9a1q4w6e0r5t8y',
  service_token: 'kanarieSRVb64oet31wmzxk85',
  reset_token: 'kanarieRSTd09pvq77hjrnc24',
  totp_secret: 'KANARIEJBSWY3DPEHPK3PXPQ',
  webhook_secret: 'whsec_a2FuYXJpZVdIS2QwOXB2cTc3aGpybmMyNGFhYmI=',
} as const;

/** Of the process itself. */
const OWN = {
  ...TEST_SECRETS,
  TELEGRAM_BOT_TOKEN: '987654321:kanarieBOTx72nfh53ulcyd16q81mzp40v',
  TELEGRAM_WEBHOOK_SECRET: 'kanarieHOOKx72nfh53ulcyd16q81mzp40vb',
  FERNET_SECRET_KEYS: 'a2FuYXJpZUZFUk5FVHg3Mm5maDUzdWxjeWQxNnE4MW0=',
  JWT_SECRET_PREVIOUS: 'kanarieJWTx72nfh53ulcyd16q81mzp40vb',
};

const TELEGRAM_HEADER = 'X-Telegram-Bot-Api-Secret-Token';

const telegram = new TelegramBotApi();
const box = new WebhookBox();
const mail = new RememberingChannel();
let test: TestApplication;
let ada: Person;
let admin: Person;
let hook: string;
let logged = '';
const answered: string[] = [];

const stream = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    logged += chunk.toString();
    done();
  },
});

beforeAll(async () => {
  hook = await box.start();
  const env = {
    ...OWN,
    TELEGRAM_API_ROOT: await telegram.start(),
    TELEGRAM_VIP_CHAT_ID: '-1001',
    TELEGRAM_LISTEN: 'webhook',
    PUBLIC_URL: 'http://127.0.0.1:9',
    WEBHOOK_ALLOW_LOOPBACK: 'true',
    WEBHOOK_RETRY_SECONDS: '0',
  };
  keepSecretsOf(env);
  test = await startTestApplication({
    env,
    parts: { mailChannel: mail, platform: { logger: new Logger(pino({ level: 'trace' }, stream)) } },
  });
  ada = await makePerson(test.app, { autoTrade: true });
  admin = await makePerson(test.app, { role: 'admin' });
});

afterAll(async () => {
  await test.close();
  await telegram.stop();
  await box.stop();
});

const http = () => request(test.app.getHttpServer());

/** Keeps the answer for the search, headers included. */
async function ask(sent: request.Test): Promise<request.Response> {
  const answer = await sent;
  answered.push(`${sent.method} ${answer.status} ${JSON.stringify(answer.headers)} ${answer.text}`);
  return answer;
}

/** An answer that is allowed to hold what it gives out. */
async function given<Body>(sent: request.Test): Promise<Body> {
  const answer = await sent;
  if (answer.status >= 300) throw new Error(`${sent.method} ${answer.status} ${answer.text}`);
  return answer.body as Body;
}

const post = (path: string, body: object | string, auth: Readonly<Record<string, string>> = {}) =>
  http().post(path).set(auth).set('Content-Type', 'application/json').send(body);

/** The same secret in every part of requests where people and programs put theirs, and where they should not. */
function requestsWith(secret: string): (() => request.Test)[] {
  const email = ada.email;
  const inQuery = encodeURIComponent(secret);
  const oneLine = { Authorization: `Bearer ${secret}` };
  return [
    () => post('/api/auth/login', { email, password: secret }),
    () => post('/api/auth/login', { email, password: [secret] }),
    () => post('/api/auth/login', { email: { a: secret }, password: { [secret]: secret } }),
    () => post('/api/auth/login', `{"email":"${email}","password":"${secret}"`),
    () => post('/api/auth/login', `"${secret}"`),
    () => post(`/api/auth/login?password=${inQuery}&token=${inQuery}`, {}),
    () => http().post('/api/auth/login').set('Content-Type', 'text/plain').send(`password=${secret}`),
    () => post('/api/auth/register', { email: 'not an address', password: secret }, { 'X-API-KEY': secret }),
    () => post('/api/auth/refresh', { refresh_token: secret }),
    () => post('/api/auth/refresh', {}, oneLine),
    () => post('/api/auth/verify-email', { token: secret }),
    () => post('/api/auth/reset-password', { token: secret, new_password: secret }),
    () => post('/api/auth/bootstrap', { token: secret, email: 'boot@example.com', password: secret }),
    () => post('/api/auth/step-up', { password: secret, mfa_token: secret.slice(0, 40) }, ada.auth),
    () => post('/api/auth/change-password', { current_password: secret, new_password: [secret] }, ada.auth),
    () => post('/api/auth/2fa/confirm', { mfa_token: secret.slice(0, 12), secret }, ada.auth),
    () => post('/api/signals', {}, { 'X-INTERNAL-TOKEN': secret }),
    () => post('/api/signals', {}, { 'X-Verzek-Key': secret, 'X-Verzek-Signature': secret }),
    () =>
      post(`/api/users/${ada.id}/exchanges`, { exchange: 'nowhere', api_key: secret, api_secret: secret }, ada.auth),
    () => post(`/api/users/${ada.id}/exchanges`, { exchange: 'bybit', api_key: [secret], api_secret: 5 }, ada.auth),
    () => post('/api/webhooks', { url: `https://me:${inQuery}@example.com/`, events: ['payment.paid'] }, ada.auth),
    () => post('/api/webhooks', { url: 'https://example.com/', events: [secret], secret }, ada.auth),
    () => post('/api/telegram/webhook', { update_id: 1, message: secret }, { [TELEGRAM_HEADER]: secret }),
    () =>
      post('/api/telegram/webhook', said(5, `/start ${secret}`, { from: { id: 5 } }).update, {
        [TELEGRAM_HEADER]: OWN.TELEGRAM_WEBHOOK_SECRET,
      }),
    () => http().get(`/api/auth/me?access_token=${inQuery}&api_key=${inQuery}`),
    () => http().get('/api/auth/me').set(oneLine),
    () =>
      http()
        .get('/api/auth/me')
        .set('Authorization', `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`),
    () => http().get('/api/auth/me').set('Cookie', `session=${inQuery}`).set('X-MFA-Token', secret),
    () => http().get(`/api/nowhere/${inQuery}?secret=${inQuery}`),
    () => http().get(`/api/users/${inQuery}`).set(ada.auth),
    () => http().get(`/api/payments/${inQuery}`).set(ada.auth),
    () => http().delete(`/api/access-tokens/${inQuery}`).set(ada.auth),
    () => http().put(`/api/auth/${inQuery}`),
    () => http().patch(`/api/payments/${inQuery}`),
    () => http().get('/api/positions').set(ada.auth).query({ limit: secret, before_id: secret }),
  ];
}

const searched = new Map<string, string>(Object.entries({ ...GIVEN, ...OWN }));

it('goes through every path', async () => {
  for (const secret of Object.values(GIVEN)) {
    for (const send of requestsWith(secret)) await ask(send());
  }
  expect(answered.filter((answer) => / 5\d\d /.test(answer.slice(0, 12)))).toEqual([]);
});

it('where it is meant to: stored keys, a changed password, a new person', async () => {
  const { exchange_key: api_key, exchange_secret: api_secret } = GIVEN;
  const keys = { exchange: 'bybit', api_key, api_secret };
  expect((await ask(post(`/api/users/${ada.id}/exchanges`, keys, ada.auth))).status).toBe(201);
  await ask(http().get(`/api/users/${ada.id}/exchanges`).set(ada.auth));
  await given(post('/api/auth/register', { email: 'canary@example.com', password: GIVEN.password }));
  const changed = { current_password: PASSWORD, new_password: GIVEN.password };
  const bob = await makePerson(test.app);
  expect((await ask(post('/api/auth/change-password', changed, bob.auth))).status).toBe(200);
});

it('what the product gives out: tokens, second factor, webhooks, links', async () => {
  const note = (name: string, secret: string | undefined) => {
    if (secret === undefined || secret.length < 8) throw new Error(`${name} was not given out`);
    searched.set(name, secret);
  };
  type Secret = { secret: string };
  for (const kind of ['bearer', 'signed']) {
    const body = { name: kind, kind, scopes: ['read'] };
    const { secret } = await given<Secret>(post('/api/access-tokens', body, ada.auth));
    note(`access token, ${kind}`, kind === 'bearer' ? secret.slice('vzk_0123456789_'.length) : secret);
    await ask(http().get('/api/positions').set('Authorization', `Bearer ${secret}`));
    await ask(http().delete('/api/access-tokens/1').set('Authorization', `Bearer ${secret}`));
    await ask(http().get(`/api/positions/${secret}`).set(ada.auth));
  }
  await ask(http().get('/api/access-tokens').set(ada.auth));
  const wish = { url: `${hook}/canary`, events: ['payment.paid'] };
  const made = await given<Secret & { webhook: { id: number } }>(post('/api/webhooks', wish, ada.auth));
  note('webhook', made.secret.slice('whsec_'.length));
  box.script.push(500);
  await ask(post(`/api/webhooks/${made.webhook.id}/test`, {}, ada.auth));
  await eventually(() => box.received.length === 2);
  await ask(http().get(`/api/webhooks/${made.webhook.id}/deliveries`).set(ada.auth));
  const link = await given<{ code: string }>(post('/api/telegram/link', {}, admin.auth));
  note('link to Telegram', link.code);
  const start = { update_id: 2, ...said(7, `/start ${link.code}`, { from: { id: 7 } }).update };
  await ask(post('/api/telegram/webhook', start, { [TELEGRAM_HEADER]: OWN.TELEGRAM_WEBHOOK_SECRET }));
  await eventually(() => telegram.received.some(({ text }) => text.includes('You are linked')));
  await ask(http().get('/api/telegram/messages').set(admin.auth));
  const place = `/api/admin/users/${ada.id}/impersonation`;
  const staff = await given<{ access_token: string }>(post(place, { reason: 'Ticket #12' }, admin.auth));
  note('impersonation', staff.access_token.slice('vzk_0123456789_'.length));
  const inPlace = { Authorization: `Bearer ${staff.access_token}` };
  for (const secret of [staff.access_token, ...Object.values(GIVEN)].map(encodeURIComponent)) {
    for (const path of ['users', 'positions', 'payments', 'support/tickets'])
      await ask(http().get(`/api/${path}/${secret}?token=${secret}`).set(inPlace));
  }
  const enrolled = await given<Secret>(post('/api/auth/2fa/enroll', { password: PASSWORD }, ada.auth));
  note('second factor', enrolled.secret);
  await ask(http().get('/api/auth/2fa').set(ada.auth));
  const { access_token, refresh_token } = await given<Record<string, string>>(
    post('/api/auth/login', { email: ada.email, password: PASSWORD }),
  );
  note('access token', access_token?.split('.')[2]);
  note('refresh token', refresh_token?.split('.')[2]);
  for (const token of [access_token, refresh_token]) {
    await ask(
      http()
        .get(`/api/users/${String(token)}`)
        .set(ada.auth),
    );
    await ask(http().get(`/api/positions?token=${String(token)}`));
  }
  await ask(post('/api/auth/forgot-password', { email: ada.email }));
  const letter = await eventually(() =>
    mail.sent.find(({ target, message }) => target === ada.email && /token=/.test(message.text)),
  );
  note('reset token', /token=([\w-]+)/.exec(letter.message.text)?.[1]);
  const reset = { token: searched.get('reset token'), new_password: 'another good passphrase' };
  expect((await ask(post('/api/auth/reset-password', reset))).status).toBe(200);
  await ask(post('/api/auth/reset-password', reset));
});

it('what a server outside repeats when it fails', async () => {
  const description = `no bot at /bot${OWN.TELEGRAM_BOT_TOKEN}/sendMessage`;
  telegram.script.push({ kind: 'error', status: 403, description }, { kind: 'error', status: 403, description });
  await ask(post('/api/admin/telegram/test', {}, admin.auth));
  const signal = { symbol: 'CANARYUSDT', side: 'LONG', entry: 100, tp: [110], sl: 92 };
  await ask(post('/api/signals', signal, admin.auth));
  const failed = await eventually(() =>
    test.db.first<{ last_error: string }>(`SELECT last_error FROM deliveries WHERE last_error IS NOT NULL`),
  );
  expect(failed.last_error).toContain('no bot at');
  await ask(http().get('/api/admin/broadcasts').set(admin.auth));
});

describe('and is found nowhere', () => {
  const forms = (secret: string): string[] => {
    const bytes = Buffer.from(secret);
    // Base64 of a text in the middle of another depends on where it begins: its own is enough where it stands alone.
    return [secret, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')];
  };
  const leaks = (text: string) =>
    [...searched].filter(([, secret]) => forms(secret).some((form) => text.includes(form))).map(([name]) => name);

  it('in the log, which says enough to be searched', () => {
    expect(logged.length).toBeGreaterThan(20_000);
    const lines = logged.split('\n').filter((line) => leaks(line).length > 0);
    expect(lines.slice(0, 5)).toEqual([]);
  });

  it('in answers', () => {
    expect(answered.length).toBeGreaterThan(250);
    expect(answered.filter((answer) => leaks(answer).length > 0).slice(0, 5)).toEqual([]);
  });

  it('in messages, but for the link of the mail', () => {
    const messages = mail.sent.filter(({ message }) => !/[?&]token=/.test(message.text));
    expect(leaks(JSON.stringify([messages, telegram.received.map(({ text }) => text), box.received]))).toEqual([]);
  });

  it('in any row of any table', async () => {
    await eventually(() =>
      test.db.first(
        `SELECT 1 AS none WHERE NOT EXISTS (SELECT FROM work_items WHERE state = 'open' AND queue = 'mail')`,
      ),
    );
    const tables = await test.db.query<{ name: string }>(
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables
       WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1`,
    );
    expect(tables.length).toBeGreaterThan(50);
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await test.db.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      const names = leaks(rows.map(({ row }) => row).join('\n'));
      if (names.length > 0) found.push(`${name}: ${names.join(', ')}`);
    }
    expect(found).toEqual([]);
  });
});
