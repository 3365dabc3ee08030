/** What `PUT /api/users/:id/risk` takes, refuses and keeps. */
import request from 'supertest';
import { makePerson, type Person } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';

let test: TestApplication;
let admin: Person;

beforeAll(async () => {
  test = await startTestApplication();
  admin = await makePerson(test.app, { role: 'admin' });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const trader = () => makePerson(test.app);

const put = (who: Person, body: object, status = 200) =>
  http().put(`/api/users/${who.id}/risk`).set(who.auth).send(body).expect(status);

async function limitsOf(who: Person): Promise<Record<string, unknown>> {
  const answer = await http().get(`/api/users/${who.id}`).set(who.auth).expect(200);
  return (answer.body as { user: { settings: { risk: Record<string, unknown> } } }).user.settings.risk;
}

describe('PUT /api/users/:id/risk', () => {
  const ALL = {
    max_per_symbol: 2,
    max_per_direction: 3,
    max_per_source: 4,
    max_total_margin_usdt: '1000',
    max_group_exposure_usdt: '2500.5',
    exposure_groups: { mine: ['SOL', 'AVAX'] },
    max_daily_trades: 20,
    max_daily_loss_usdt: '100',
    max_daily_loss_percent: '5',
    max_drawdown_percent: '30',
    losing_streak_losses: 3,
    losing_streak_minutes: 120,
    cooldown_minutes: 10,
    cooldown_after_loss_minutes: 15,
    trading_hours: [{ days: ['MON', 'TUE'], from: '09:00', to: '17:30' }],
    time_zone: 'Europe/Berlin',
    min_confidence: 70,
    max_worst_case_loss_usdt: '300',
  };

  it('sets what is named, shows all, and null takes a limit away', async () => {
    const who = await trader();
    expect(Object.values(await limitsOf(who)).every((value) => value === null)).toBe(true);
    await put(who, { ...ALL, max_total_margin_usdt: 1000, leverage: 7 });
    expect(await limitsOf(who)).toEqual(ALL);
    await put(who, { max_per_symbol: null, time_zone: null, leverage: 8 });
    expect(await limitsOf(who)).toEqual({ ...ALL, max_per_symbol: null, time_zone: null });
    const audit = await test.db.first(
      `SELECT before, after FROM audit_events WHERE action = 'user.limits' AND subject = $1 ORDER BY id DESC LIMIT 1`,
      [`user:${who.id}`],
    );
    expect(audit).toEqual({
      before: { max_per_symbol: 2, time_zone: 'Europe/Berlin' },
      after: { max_per_symbol: null, time_zone: null },
    });
  });

  it.each([
    [{ max_per_symbol: 0 }, 'max_per_symbol'],
    [{ max_per_direction: 501 }, 'max_per_direction'],
    [{ max_per_source: '2' }, 'max_per_source'],
    [{ max_total_margin_usdt: 0 }, 'max_total_margin_usdt'],
    [{ max_group_exposure_usdt: -1 }, 'max_group_exposure_usdt'],
    [{ exposure_groups: { mine: [] } }, 'exposure_groups'],
    [{ max_daily_trades: 10_001 }, 'max_daily_trades'],
    [{ max_daily_loss_usdt: 'much' }, 'max_daily_loss_usdt'],
    [{ max_daily_loss_percent: 100.1 }, 'max_daily_loss_percent'],
    [{ max_drawdown_percent: 0 }, 'max_drawdown_percent'],
    [{ losing_streak_losses: 1.5 }, 'losing_streak_losses'],
    [{ losing_streak_minutes: 43_201 }, 'losing_streak_minutes'],
    [{ cooldown_minutes: 0 }, 'cooldown_minutes'],
    [{ cooldown_after_loss_minutes: 10_081 }, 'cooldown_after_loss_minutes'],
    [{ trading_hours: [{ days: ['MON'], from: '9', to: '17:00' }] }, 'trading_hours'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ min_confidence: 101 }, 'min_confidence'],
    [{ max_worst_case_loss_usdt: 0 }, 'max_worst_case_loss_usdt'],
    [{ max_loss: 5 }, 'max_loss'],
    [{ leverage: null }, 'leverage'],
    [{ symbol_whitelist: null }, 'symbol_whitelist'],
  ])('%j is 400, names the field, and changes nothing', async (body, field) => {
    const who = await trader();
    const answer = await put(who, { max_per_source: 9, ...body }, 400);
    expect(answer.body).toMatchObject({ ok: false, fields: [{ field }] });
    expect((await limitsOf(who)).max_per_source).toBeNull();
  });

  it('takes sizes and limits as one act', async () => {
    const who = await trader();
    await put(who, { leverage: 26, max_per_symbol: 1 }, 400);
    expect((await limitsOf(who)).max_per_symbol).toBeNull();
  });

  it('is for the owner alone', async () => {
    const [who, other] = [await trader(), await trader()];
    for (const { auth } of [other, admin]) {
      await http().put(`/api/users/${who.id}/risk`).set(auth).send({ max_per_symbol: 1 }).expect(403);
    }
    expect((await limitsOf(who)).max_per_symbol).toBeNull();
  });
});
