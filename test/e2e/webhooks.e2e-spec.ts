/**
 * Webhooks of payments: who may have them, what is sent and how it is signed, retries, switching off, and what may never
 * be called.
 */
import { Endings } from '../../src/modules/payments/endings.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { isSignedWith, type ReceivedWebhook, WebhookBox } from '../servers/webhook-box.js';
import { eventually } from '../support/application.js';
import { micro, openShop, type OpenShop, Shop } from '../support/payment-shop.js';

const EVENTS = ['payment.paid', 'payment.underpaid', 'payment.expired', 'payment.review', 'payment.refunded'];

const box = new WebhookBox();
let open: OpenShop;
let tron: OpenShop['tron'];
let test: OpenShop['test'];
let shop: Shop;
let admin: Person;
let address: string;

const http = () => shop.http();

beforeAll(async () => {
  address = await box.start();
  open = await openShop({ WEBHOOK_ALLOW_LOOPBACK: 'true', WEBHOOK_RETRY_SECONDS: '0', WEBHOOK_DISABLE_AFTER: '3' });
  ({ tron, test, shop, admin } = open);
});

afterAll(async () => {
  await open.close();
  await box.stop();
});

interface Hook {
  id: number;
  is_enabled: boolean;
  failures: number;
  disabled_reason: string;
}

interface Delivery {
  id: number;
  event_id: string;
  event: string;
  status: string;
  attempts: number;
  response_status: number | null;
  last_error: string;
}

const make = (who: Person, body: object) => http().post('/api/webhooks').set(who.auth).send(body);

async function made(who: Person, path: string, more: object = {}): Promise<{ webhook: Hook; secret: string }> {
  const answer = await make(who, { url: `${address}${path}`, events: EVENTS, ...more }).expect(201);
  return answer.body as { webhook: Hook; secret: string };
}

const list = async (who: Person) =>
  ((await http().get('/api/webhooks').set(who.auth).expect(200)).body as { webhooks: Hook[] }).webhooks;

const deliveries = async (who: Person, { id }: Hook) =>
  ((await http().get(`/api/webhooks/${id}/deliveries`).set(who.auth).expect(200)).body as { deliveries: Delivery[] })
    .deliveries;

const at = (path: string) => box.received.filter((one) => one.path === path);

const typesAt = (path: string) => at(path).map(({ body }) => (JSON.parse(body) as { type: string }).type);

/** Sends an event that means nothing, and waits until it is final. */
async function tried(who: Person, hook: Hook): Promise<Delivery> {
  const { body } = await http().post(`/api/webhooks/${hook.id}/test`).set(who.auth).expect(200);
  const { event_id: id } = body as { event_id: string };
  return eventually(async () =>
    (await deliveries(who, hook)).find((one) => one.event_id === id && one.status !== 'PENDING'),
  );
}

describe('what is told', () => {
  it('each change of a payment, once, signed, to its owner and to the operator, and to nobody else', async () => {
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const { secret } = await made(ada, '/ada');
    await made(bob, '/bob');
    await made(admin, '/all', { scope: 'all' });
    const short = await shop.buy(ada);
    await shop.claim(ada, short.payment_id, tron.pay({ amount: micro(20) }));
    await shop.passHold(short.payment_id);
    await shop.look();
    const { due_usdt: rest } = await shop.becomes(ada, short.payment_id, 'UNDERPAID');
    await eventually(() => typesAt('/ada').length === 1);
    tron.pay({ amount: micro(rest) });
    await shop.look();
    await shop.becomes(ada, short.payment_id, 'PAID');
    await eventually(() => typesAt('/ada').length >= 2);
    await http().post(`/api/admin/payments/refund/${short.payment_id}`).set(admin.auth).send({}).expect(200);
    await eventually(() => typesAt('/ada').length >= 3);
    expect(typesAt('/ada')).toEqual(['payment.underpaid', 'payment.paid', 'payment.refunded']);
    const late = await shop.buy(ada, 'VIP', { use_credit: false });
    await test.db.query(
      `UPDATE payments SET expires_at = now() - interval '1 hour', created_at = now() - interval '25 hours' WHERE public_id = $1`,
      [late.payment_id],
    );
    await test.app.get(Endings).round();
    await eventually(() => typesAt('/ada').includes('payment.expired'));
    tron.pay({ amount: micro(late.amount_usdt) });
    await shop.look();
    await shop.becomes(ada, late.payment_id, 'REVIEW');
    await eventually(() => typesAt('/ada').includes('payment.review'));
    await eventually(() => typesAt('/all').length === 5);
    expect(typesAt('/bob')).toEqual([]);
    expect(new Set(at('/ada').map(({ id }) => id))).toEqual(new Set(at('/all').map(({ id }) => id)));
    expect(at('/ada').every((one) => isSignedWith(secret, one))).toBe(true);
    expect(at('/all').some((one) => isSignedWith(secret, one))).toBe(false);
    const paid = at('/ada')[1] as ReceivedWebhook;
    expect(JSON.parse(paid.body)).toMatchObject({
      id: paid.id,
      type: 'payment.paid',
      created_at: expect.stringMatching(/Z$/) as string,
      data: { user_id: ada.id, payment: { payment_id: short.payment_id, status: 'VERIFIED', plan_type: 'VIP' } },
    });
    expect(Math.abs(Number(paid.timestamp) - Date.now() / 1_000)).toBeLessThan(300);
  });

  it('only what was asked for, and nothing that an administrator may no longer hear', async () => {
    const [ada, boss] = [await makePerson(test.app), await makePerson(test.app, { role: 'admin' })];
    await made(ada, '/some', { events: ['payment.refunded'] });
    const { webhook } = await made(boss, '/former', { scope: 'all', events: ['payment.paid'] });
    await http().put(`/api/admin/users/${boss.id}/role`).set(admin.auth).send({ role: 'user' }).expect(200);
    await shop.paid(ada);
    await eventually(() => typesAt('/all').at(-1) === 'payment.paid');
    expect(at('/some')).toEqual([]);
    expect(await deliveries(boss, webhook)).toEqual([]);
    await make(boss, { url: `${address}/x`, events: EVENTS, scope: 'all' }).expect(403);
  });
});

describe('how it is delivered', () => {
  it('a failure is tried again under the same id until it is taken', async () => {
    const who = await makePerson(test.app);
    const { webhook, secret } = await made(who, '/again');
    box.script.push(500, 'hang up');
    expect(await tried(who, webhook)).toMatchObject({ status: 'DELIVERED', attempts: 3, response_status: 200 });
    const sent = at('/again');
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(sent.every((one) => isSignedWith(secret, one))).toBe(true);
    expect((await list(who))[0]).toMatchObject({ failures: 0, is_enabled: true });
  });

  it('a redirect is not followed, and an endpoint that fails too often is switched off, told, and switched on again', async () => {
    const who = await makePerson(test.app);
    const { webhook } = await made(who, '/off');
    box.script.push(302, 302, 302);
    const given = await tried(who, webhook);
    expect(given).toMatchObject({ status: 'FAILED', attempts: 3, response_status: 302 });
    expect(at('/elsewhere')).toEqual([]);
    const [off] = await list(who);
    expect(off).toMatchObject({ is_enabled: false, failures: 3 });
    expect(off?.disabled_reason).toContain('redirects are not followed');
    await eventually(() => shop.mailsTo(who).includes('A webhook was switched off'));
    const events = await test.db.query(`SELECT action FROM audit_events WHERE subject = $1 ORDER BY id`, [
      `webhook:${webhook.id}`,
    ]);
    expect(events).toEqual([{ action: 'webhook.make' }, { action: 'webhook.disabled' }]);
    await http().post(`/api/webhooks/${webhook.id}/test`).set(who.auth).expect(409);
    await http().post(`/api/webhooks/${webhook.id}/enable`).set(who.auth).expect(200);
    expect(await tried(who, webhook)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
  });

  it('whoever answers slowly holds up nobody else, and one attempt of his own at a time', async () => {
    const [eve, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const slow = [(await made(eve, '/slow/a')).webhook, (await made(eve, '/slow/b')).webhook];
    const { webhook } = await made(bob, '/quick');
    const trials = () => slow.map(({ id }) => http().post(`/api/webhooks/${id}/test`).set(eve.auth).expect(200));
    for (let round = 0; round < 10; round += 1) await Promise.all(trials());
    const sent = () => at('/slow/a').length + at('/slow/b').length;
    await eventually(() => sent() === 1);
    expect(await tried(bob, webhook)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
    expect(sent()).toBe(1);
    box.release();
    await eventually(() => sent() === 20);
  });

  it('work that is done twice sends again and changes nothing else', async () => {
    const who = await makePerson(test.app);
    const { webhook } = await made(who, '/twice');
    const { id } = await tried(who, webhook);
    await test.db.query(
      `UPDATE work_items SET state = 'open', finished_at = NULL, available_at = now() WHERE queue = 'webhooks.deliver' AND key = $1`,
      [String(id)],
    );
    await test.db.query(`SELECT pg_notify('verzek_work', 'webhooks.deliver')`);
    await eventually(() =>
      test.db.first(`SELECT 1 FROM work_items WHERE queue = 'webhooks.deliver' AND key = $1 AND state = 'done'`, [
        String(id),
      ]),
    );
    expect(await deliveries(who, webhook)).toMatchObject([{ status: 'DELIVERED', attempts: 1 }]);
  });
});

describe('what its owner asks for', () => {
  it('a delivery is sent again as it was, whatever came of it, and only one at a time', async () => {
    const [who, other] = [await makePerson(test.app), await makePerson(test.app)];
    const { webhook } = await made(who, '/redeliver');
    const first = await tried(who, webhook);
    const again = (id: number, person = who) =>
      http().post(`/api/webhooks/${webhook.id}/deliveries/${id}/redeliver`).set(person.auth);
    box.script.push(500);
    await again(first.id).expect(200);
    const final = async (attempts: number) =>
      eventually(async () =>
        (await deliveries(who, webhook)).find((one) => one.attempts === attempts && one.status !== 'PENDING'),
      );
    expect(await final(3)).toMatchObject({ status: 'DELIVERED', response_status: 200 });
    expect(new Set(at('/redeliver').map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(at('/redeliver')).toHaveLength(3);
    await again(first.id, other).expect(404);
    await again(999_999).expect(404);
    const tries = await Promise.all([again(first.id), again(first.id)]);
    const sent = tries.filter(({ status }) => status === 200).length;
    expect(tries.every(({ status }) => status === 200 || status === 409)).toBe(true);
    await final(3 + sent);
    box.script.push(302, 302, 302);
    expect(await tried(who, webhook)).toMatchObject({ status: 'FAILED' });
    expect((await again(first.id).expect(409)).body).toMatchObject({ code: 'WEBHOOK_OFF' });
  });

  it('a new secret signs beside the one before for a while, then alone', async () => {
    const [who, other] = [await makePerson(test.app), await makePerson(test.app)];
    const { webhook, secret: old } = await made(who, '/secret');
    const replace = (body: object, person = who) =>
      http().post(`/api/webhooks/${webhook.id}/secret`).set(person.auth).send(body);
    await replace({}, other).expect(404);
    const { secret, webhook: shown } = (await replace({}).expect(200)).body as {
      secret: string;
      webhook: { previous_secret_until: string };
    };
    expect((Date.parse(shown.previous_secret_until) - Date.now()) / 3_600_000).toBeCloseTo(24, 1);
    const signedBy = async (...secrets: string[]) => {
      await tried(who, webhook);
      const sent = at('/secret').at(-1) as ReceivedWebhook;
      return secrets.map((one) => isSignedWith(one, sent));
    };
    expect(await signedBy(secret, old)).toEqual([true, true]);
    await test.db.query(`UPDATE webhook_endpoints SET previous_until = now() - interval '1 second' WHERE id = $1`, [
      webhook.id,
    ]);
    expect(await signedBy(secret, old)).toEqual([true, false]);
    const { secret: third } = (await replace({ overlap_hours: 0 }).expect(200)).body as { secret: string };
    expect(await signedBy(third, secret)).toEqual([true, false]);
  });
});

describe('who may have which', () => {
  it.each([
    'http://example.com/hook',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:10.0.0.1]/',
    'https://0xa9fea9fe/',
    'https://localhost./hook',
    'https://db.internal/',
    'https://user:word@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'nonsense',
  ])('%s is refused, naming the field', async (url) => {
    const { body } = await make(admin, { url, events: EVENTS }).expect(400);
    expect((body as { fields: { field: string }[] }).fields[0]?.field).toBe('url');
  });

  it('an address is kept as it will be called, and the audit trail has its origin and a hash', async () => {
    const who = await makePerson(test.app);
    const typed = 'https://Hooks.Example.com/services/T0/\r\nB0/kanarie\tSlack';
    const { body } = await make(who, { url: typed, events: ['payment.paid'] }).expect(201);
    const { webhook } = body as { webhook: Hook & { url: string } };
    expect(webhook.url).toBe('https://hooks.example.com/services/T0/B0/kanarieSlack');
    await http().delete(`/api/webhooks/${webhook.id}`).set(who.auth).expect(200);
    const rows = await test.db.query<{ after: object }>(
      `SELECT after - 'url_sha256' AS after, length(after ->> 'url_sha256') AS digits FROM audit_events WHERE subject = $1`,
      [`webhook:${webhook.id}`],
    );
    const after = { origin: 'https://hooks.example.com', scope: 'own', events: ['payment.paid'] };
    expect(rows).toEqual(Array(2).fill({ after, digits: 64 }));
  });

  it('names that lead inside are refused when they are called, at once', async () => {
    const who = await makePerson(test.app);
    const { webhook } = await made(who, '/inside');
    // 127.0.0.1 is open here, with TLS that nobody speaks; ::1 is not.
    await test.db.query(`UPDATE webhook_endpoints SET url = 'https://[::1]/hook' WHERE id = $1`, [webhook.id]);
    const refused = { status: 'FAILED', attempts: 1, last_error: 'must be an address of the public internet' };
    expect(await tried(who, webhook)).toMatchObject(refused);
  });

  it('the secret is told once; what is somebody else’s is missing; five are enough', async () => {
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const { webhook, secret } = await made(ada, '/own');
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(JSON.stringify(await list(ada))).not.toContain(secret.slice(6, 20));
    for (const path of ['test', 'enable'])
      await http().post(`/api/webhooks/${webhook.id}/${path}`).set(bob.auth).expect(404);
    await http().get(`/api/webhooks/${webhook.id}/deliveries`).set(bob.auth).expect(404);
    await http().delete(`/api/webhooks/${webhook.id}`).set(bob.auth).expect(404);
    const tries = await Promise.all(
      Array.from({ length: 8 }, () => make(ada, { url: `${address}/own`, events: EVENTS })),
    );
    expect(tries.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(tries.filter(({ status }) => status === 409)).toHaveLength(4);
    await http().delete(`/api/webhooks/${webhook.id}`).set(ada.auth).expect(200);
    expect(await list(ada)).toHaveLength(4);
    await make(ada, { url: `${address}/own`, events: [] }).expect(400);
    await make(ada, { url: `${address}/own`, events: ['payment.*'] }).expect(400);
  });
});
