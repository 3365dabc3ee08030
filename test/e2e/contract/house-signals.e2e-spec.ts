/**
 * `/api/house-signals` as the existing engine and the app's screens use it: the engine's own bodies, statuses and forms of
 * errors, and what comes of them for followers and figures.
 */
import request from 'supertest';
import { SignalExtremes } from '../../../src/modules/signals/signal-extremes.service.js';
import { makePerson, type Person } from '../../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../../support/application.js';
import { WebhookBox } from '../../servers/webhook-box.js';
import { positionOnce, tickThrough } from '../../support/signals.js';

let test: TestApplication;
let admin: Person;
let vip: Person;
let trial: Person;
/** The engine's own receiver. */
const box = new WebhookBox();
const SECRET = 'the-secret-of-the-engines-receiver';
let symbols = 0;
let uuids = 0;

beforeAll(async () => {
  const env = { SIGNAL_REPEAT_SECONDS: '0', HOUSE_ENGINE_URL: await box.start(), HOUSE_ENGINE_WEBHOOK_SECRET: SECRET };
  test = await startTestApplication({ env });
  admin = await makePerson(test.app, { role: 'admin' });
  vip = await makePerson(test.app, { plan: 'VIP', autoTrade: true, settings: { per_trade_usdt: '60', leverage: 10 } });
  trial = await makePerson(test.app);
});

afterAll(async () => {
  await test.close();
  await box.stop();
});

const http = () => request(test.app.getHttpServer());
const ENGINE = { 'X-INTERNAL-TOKEN': TEST_SECRETS.HOUSE_ENGINE_TOKEN };
const fresh = () => `H${(symbols += 1)}USDT`;
const uuid = () => `6f1a7d0e-3f5b-4a52-9d0e-${String((uuids += 1)).padStart(12, '0')}`;

/** As the engine writes it. */
function payload(over: Record<string, unknown> = {}, id = uuid()) {
  return {
    source: 'SCALPING',
    symbol: fresh(),
    side: 'LONG',
    entry: 3000.0,
    stop_loss: 2985.0,
    take_profits: [3009.6, 3016.8, 3024.0, 3031.2, 3055.2],
    timeframe: '5m',
    confidence: 82,
    version: 'SE.v2.0-FUSION',
    metadata: { signal_id: id, bot_source: 'SCALPING', timestamp: '2026-01-31T12:00:00.123456', fusion_approved: true },
    ...over,
  };
}

type Sent = ReturnType<typeof payload>;

const ingest = (body: object, headers: Record<string, string> = ENGINE) =>
  http().post('/api/house-signals/ingest').set(headers).send(body);

async function posted(body: Sent): Promise<number> {
  const { signal_id: id } = (await ingest(body).expect(200)).body as { signal_id: number };
  await positionOnce<{ status: string }>(test, vip, id, ({ status }) => status === 'OPEN');
  return id;
}

const engine = (path: string, body: object, headers: Record<string, string> = ENGINE) =>
  http().post(path).set(headers).send(body);

async function asAdmin<Body>(path: string): Promise<Body> {
  return (await http().get(`/api/house-signals/admin/${path}`).set(admin.auth).expect(200)).body as Body;
}

type Figures = Record<string, number>;
interface Performance {
  performance_by_source: Record<string, Figures>;
  overall: Figures;
}

describe('POST /api/house-signals/ingest', () => {
  it('answers exactly 200 with the id, and the same signal_id is one signal', async () => {
    const body = payload();
    const first = await ingest(body).expect(200);
    expect(first.body).toEqual({ ok: true, signal_id: expect.any(Number) as number, message: 'Signal posted' });
    const tries = await Promise.all([ingest(body), ingest(body), ingest({ ...body, entry: 3000.5 })]);
    const { signal_id: id } = first.body as { signal_id: number };
    expect(tries.map(({ status, body: answer }) => [status, (answer as { signal_id: number }).signal_id])).toEqual(
      Array.from({ length: 3 }, () => [200, id]),
    );
    const together = payload();
    const ids = (await Promise.all([ingest(together), ingest(together)])).map(
      ({ body: answer }) => (answer as { signal_id: number }).signal_id,
    );
    expect(ids[0]).toBe(ids[1]);
  });

  it('is traded for followers and shown as it was sent', async () => {
    const body = payload({ confidence: 82.9, timeframe: '15m', source: 'qfl', leverage: 7 });
    const id = await posted(body);
    const seen = (await http().get(`/api/signals/${id}`).set(vip.auth).expect(200)).body as { signal: object };
    expect(seen.signal).toMatchObject({
      source: 'house:qfl',
      entry: 3000,
      sl: 2985,
      tp: body.take_profits,
      confidence: 82,
      leverage: 7,
    });
    const live = (await http().get('/api/house-signals/live').set(vip.auth).expect(200)).body as {
      signals: Record<string, unknown>[];
      count: number;
    };
    expect(live.count).toBe(live.signals.length);
    expect(live.signals[0]).toMatchObject({
      id,
      source: 'QFL',
      symbol: body.symbol,
      side: 'LONG',
      entry: 3000,
      stop_loss: 2985,
      take_profits: body.take_profits,
      timeframe: '15M',
      confidence: 82,
      version: 'SE.v2.0-FUSION',
      metadata: { ...body.metadata, raw_source: 'qfl' },
      status: 'ACTIVE',
    });
  });

  it('refuses in the forms of the contract', async () => {
    const refusal = (status: number, headers: Record<string, string>, body: object = payload()) =>
      ingest(body, headers).expect(status);
    expect((await refusal(401, {})).body).toMatchObject({ ok: false, error: expect.any(String) as string });
    expect((await refusal(403, { 'X-INTERNAL-TOKEN': 'wrong' })).body).toMatchObject({
      ok: false,
      code: 'SERVICE_TOKEN_REFUSED',
    });
    await refusal(403, { ...admin.auth });
    const missing = (await refusal(400, ENGINE, {})).body as { ok: boolean; error: string };
    expect(missing.ok).toBe(false);
    for (const field of ['source', 'symbol', 'side', 'entry', 'stop_loss', 'take_profits', 'timeframe', 'confidence']) {
      expect(missing.error).toContain(field);
    }
    const errorOf = async (over: object) => ((await refusal(400, ENGINE, payload({ ...over }))).body as Body).error;
    expect(await errorOf({ take_profits: [] })).toBe('take_profits must have at least 1 items');
    expect(await errorOf({ take_profits: [3010, 3005] })).toContain('take_profits must lie above the entry');
    expect(await errorOf({ stop_loss: 3001 })).toBe('stop_loss must be below the entry of a LONG');
    expect(await errorOf({ source: 'FUSION' })).toBe('source must be one of SCALPER, TREND, QFL, AI_ML');
    expect(await errorOf({ confidence: 101 })).toContain('confidence');
    expect(await errorOf({ metadata: { note: 'x'.repeat(9_000) } })).toContain('metadata');
  });

  it('takes nothing of a bot, or of the house, that is disabled', async () => {
    await ingest(payload({ source: 'AI_ML' })).expect(200);
    const { sources } = (await http().get('/api/admin/sources').set(admin.auth).expect(200)).body as {
      sources: { id: number; code: string; name: string; kind: string }[];
    };
    const bot = sources.find(({ code }) => code === 'house:ai_ml');
    expect(bot).toMatchObject({ kind: 'house', name: 'House: AI/ML' });
    const enable = (is_enabled: boolean) =>
      http()
        .put(`/api/admin/sources/${bot?.id ?? 0}`)
        .set(admin.auth)
        .send({ is_enabled })
        .expect(200);
    await enable(false);
    const refused = await ingest(payload({ source: 'AI_ML' })).expect(403);
    expect(refused.body).toMatchObject({ ok: false, code: 'SOURCE_DISABLED' });
    await ingest(payload({ source: 'TREND' })).expect(200);
    await enable(true);
    await ingest(payload({ source: 'AI_ML' })).expect(200);
  });
});

interface Body {
  error: string;
}

describe('GET /api/house-signals/live', () => {
  it('is for plans that include signals', async () => {
    const { body } = await http().get('/api/house-signals/live').set(trial.auth).expect(403);
    expect(body).toMatchObject({ ok: false, error: expect.any(String) as string });
    await http().get('/api/house-signals/live').expect(401);
  });
});

describe('what the engine says of its signals', () => {
  it('reaches them by its uuid: targets in their order, and the end', async () => {
    const id = uuid();
    const body = payload({}, id);
    const signal = await posted(body);
    const hit = { signal_id: id, hit_price: 3009.6 };
    const first = (await engine('/api/signals/tp-hit', hit, { 'X-Webhook-Secret': ENGINE['X-INTERNAL-TOKEN'] }))
      .body as {
      status: string;
      outcome: object;
    };
    expect(first).toMatchObject({
      status: 'success',
      outcome: { signal_id: id, tp_number: 1, profit_pct: 0.32, current_tp_index: 1, total_tps: 5, is_closed: false },
    });
    await positionOnce<{ status: string }>(test, vip, signal, ({ status }) => status === 'PARTIAL');
    await engine('/api/house-signals/tp-hit', { ...hit, tp_number: 1 }).expect(200);
    await engine('/api/house-signals/tp-hit', { ...hit, tp_number: 3 }).expect(400);
    const close = { signal_id: id, exit_price: 3006, close_reason: 'TIMEOUT' };
    const closed = await engine('/api/house-signals/close', close).expect(200);
    expect(closed.body).toMatchObject({
      ok: true,
      status: 'success',
      outcome: { signal_id: id, bot_source: 'SCALPER', entry_price: 3000, profit_pct: 0.2, close_reason: 'TIMEOUT' },
    });
    await positionOnce<{ status: string }>(test, vip, signal, ({ status }) => status === 'CANCELLED');
    const expired = await asAdmin<{ signals: { id: number; status: string }[] }>(
      'signals?status=EXPIRED&source=SCALPER',
    );
    expect(expired.signals).toContainEqual(expect.objectContaining({ id: signal, status: 'EXPIRED' }));
    await engine('/api/house-signals/close', close).expect(404);
  });

  it('is told back to the engine: what prices and staff make of its signals, in their order', async () => {
    const id = uuid();
    const body = payload({ source: 'QFL', take_profits: [3010, 3030, 3050] }, id);
    const signal = await posted(body);
    const open = `SELECT 1 FROM work_items WHERE queue = 'signal.told' AND state = 'open'`;
    await eventually(async () => (await test.db.query(open)).length === 0);
    box.script.push(503, 'hang up');
    await tickThrough(test, body.symbol, 3012, 3031);
    const cancel = { signal_id: signal, reason: 'News ahead' };
    await http().post('/api/signals/cancel').set(admin.auth).send(cancel).expect(200);
    const told = () => box.received.filter((call) => call.body.includes(id));
    await eventually(() => told().length >= 5);
    expect(told().map(({ path, secret, body: text }) => [path, secret, JSON.parse(text)])).toEqual([
      ['/api/signals/tp-hit', SECRET, { signal_id: id, hit_price: 3010, tp_number: 1 }],
      ['/api/signals/tp-hit', SECRET, { signal_id: id, hit_price: 3010, tp_number: 1 }],
      ['/api/signals/tp-hit', SECRET, { signal_id: id, hit_price: 3010, tp_number: 1 }],
      ['/api/signals/tp-hit', SECRET, { signal_id: id, hit_price: 3030, tp_number: 2 }],
      ['/api/signals/close', SECRET, { signal_id: id, exit_price: 3031, close_reason: 'CANCEL' }],
    ]);
  });

  it('is refused in the forms of the contract', async () => {
    const close = { signal_id: uuid(), exit_price: 3006, close_reason: 'TP' };
    await engine('/api/signals/close', close, { 'X-Webhook-Secret': 'wrong' }).expect(401);
    await engine('/api/signals/close', close, {}).expect(401);
    expect((await engine('/api/signals/close', close).expect(404)).body).toMatchObject({
      ok: false,
      code: 'HOUSE_SIGNAL_NOT_LIVE',
    });
    await engine('/api/signals/close', { ...close, close_reason: 'WHIM' }).expect(400);
    await engine('/api/signals/close', { ...close, exit_price: -1 }).expect(400);
    await engine('/api/signals/tp-hit', { signal_id: uuid() }).expect(400);
  });
});

describe('the figures of the bots', () => {
  it('come from how their signals ended, by bot', async () => {
    const won = payload({ source: 'TREND', take_profits: [3030, 3060], metadata: { signal_id: uuid() } });
    const short = { side: 'SHORT', stop_loss: 3015, take_profits: [2970, 2940] };
    const lost = payload({ source: 'TREND', ...short, metadata: { signal_id: uuid() } });
    const mixed = payload({ source: 'TREND', take_profits: [3030, 3060], metadata: { signal_id: uuid() } });
    const before = await asAdmin<Performance>('performance');
    const [a, b, c] = [await posted(won), await posted(lost), await posted(mixed)];
    const extremes = test.app.get(SignalExtremes);
    await extremes.flush();
    await tickThrough(test, won.symbol, 2990, 3031);
    await extremes.flush();
    await tickThrough(test, won.symbol, 3061);
    await tickThrough(test, lost.symbol, 3015);
    await tickThrough(test, mixed.symbol, 3030, 2985);
    const ended = await asAdmin<{ positions: Record<string, unknown>[] }>('positions?status=ALL&source=TREND&limit=3');
    expect(ended.positions).toMatchObject([
      { id: c, status: 'SL_HIT', tps_hit: [1], exit_price: 2985, pnl_pct: 0.25, mfe: 1, mae: -0.5 },
      { id: b, status: 'SL_HIT', tps_hit: [], exit_price: 3015, pnl_pct: -0.5, mfe: 0, mae: -0.5 },
      { id: a, status: 'TP_HIT', tps_hit: [1, 2], exit_price: 3060, pnl_pct: 1.5, mfe: 2, mae: -0.3333 },
    ]);
    const after = await asAdmin<Performance>('performance');
    expect(Object.keys(after.performance_by_source)).toEqual(['SCALPER', 'TREND', 'QFL', 'AI_ML']);
    const closedBefore = before.performance_by_source.TREND?.total_closed ?? 0;
    expect(closedBefore).toBe(0);
    expect(after.performance_by_source.TREND).toMatchObject({
      total_closed: 3,
      wins: 2,
      losses: 1,
      win_rate: 66.67,
      avg_pnl_pct: 0.42,
    });
    expect(after.overall.total_closed).toBe((before.overall.total_closed ?? 0) + 3);
    const { sources } = (await http().get('/api/admin/sources').set(admin.auth).expect(200)).body as {
      sources: { id: number; code: string }[];
    };
    const trend = sources.find(({ code }) => code === 'house:trend')?.id ?? 0;
    const told = await http().get(`/api/sources/${trend}/statistics?days=1`).set(trial.auth).expect(200);
    expect(told.body).toMatchObject({
      source: { code: 'house:trend', name: 'House: Trend' },
      statistics: { closed: 3, wins: 2, losses: 1, stopped: 2, targets_hit: 3, total_pnl_pct: 1.25, best_pnl_pct: 1.5 },
    });
    await http().get('/api/sources/999999/statistics').set(trial.auth).expect(404);
    const { body } = await http().get('/api/signals/stats').set(ENGINE).expect(200);
    expect(body).toMatchObject({ status: 'success', stats: { closed_signals: after.overall.total_closed } });
  });

  it('are paged and filtered for administrators alone', async () => {
    const page = await asAdmin<{ signals: { id: number }[]; total: number; limit: number; offset: number }>(
      'signals?limit=1&offset=1',
    );
    expect(page).toMatchObject({ limit: 1, offset: 1 });
    expect(page.signals).toHaveLength(1);
    expect(page.total).toBeGreaterThan(2);
    await http().get('/api/house-signals/admin/signals?limit=abc').set(admin.auth).expect(400);
    await http().get('/api/house-signals/admin/performance').set(vip.auth).expect(403);
  });
});
