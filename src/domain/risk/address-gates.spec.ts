/** What the gates that ask whether a signal is meant for a follower say of themselves in a receipt. */
import { follower, receiptFor, signal } from '../../../test/factories/risk-cases.js';
import type { Follower } from '../sizing/plan-entry.js';

const paused = { code: 'TRADING_PAUSED', detail: { scope: 'user' } } as const;

/** The line of a gate in the receipt of a follower. */
const line = (name: string, who: Follower, plan = signal()) =>
  receiptFor(who, plan).gates.find((gate) => gate.name === name);

const refused = (code: string, input: object, limit: object, words: string, data: object) => ({
  code,
  input,
  limit,
  verdict: 'REFUSED',
  change: { words, data },
});

describe('the receipt of a gate that refuses', () => {
  it('the signal itself', () => {
    expect(line('signal', follower(), signal({ refusal: 'SIGNAL_STOPPED' }))).toMatchObject(
      refused(
        'SIGNAL_REFUSED',
        { cause: 'SIGNAL_STOPPED' },
        {},
        'nothing of yours: the signal was refused for everybody (SIGNAL_STOPPED)',
        { cause: null },
      ),
    );
  });

  it('a switch, with what it covers', () => {
    const thrown = line('switches', follower(null, {}, { switches: [paused] }));
    const words = 'wait until TRADING_PAUSED is lifted';
    expect(thrown).toMatchObject(refused('TRADING_PAUSED', { scope: 'user' }, {}, words, { switches: [] }));
    expect(line('switches', follower())).toMatchObject({ code: 'KILL_SWITCH', input: {}, verdict: 'PASSED' });
  });

  it('an address that is not verified, where that is asked for', () => {
    const newcomer = follower(null, {}, { isVerified: false });
    const limit = { require_verified: true };
    const words = 'verify your e-mail address';
    expect(line('verification', newcomer)).toMatchObject(
      refused('NOT_VERIFIED', { is_verified: false }, limit, words, { is_verified: true }),
    );
    const lenient = signal({ limits: { ...signal().limits, requireVerified: false } });
    expect(line('verification', newcomer, lenient)).toMatchObject({ verdict: 'NOT_SET', change: null });
  });

  it('the plan, naming those that may trade; or that none may', () => {
    const limit = { allowed_tiers: ['VIP', 'PREMIUM'] };
    expect(line('tier', follower(null, {}, { tier: 'TRIAL' }))).toMatchObject(
      refused('TIER_NOT_ALLOWED', { tier: 'TRIAL' }, limit, 'a plan of VIP or PREMIUM', { tier: 'VIP' }),
    );
    const closed = signal({ limits: { ...signal().limits, allowedTiers: [] } });
    expect(line('tier', follower(), closed)?.change).toEqual({ words: 'no plan may trade now', data: { tier: null } });
  });

  it('an account that is off, and a source that is muted', () => {
    expect(line('account', follower(null, {}, { accountActive: false }))).toMatchObject(
      refused('ACCOUNT_INACTIVE', { account_active: false }, {}, 'switch the account on', { account_active: true }),
    );
    expect(line('source', follower(null, {}, { sourceEnabled: false }))).toMatchObject(
      refused('SOURCE_MUTED', { source_enabled: false }, {}, 'follow the source again', { source_enabled: true }),
    );
  });

  it('a symbol that is on one list or missing on the other', () => {
    const listed = (words: string, listing: string) =>
      refused('SYMBOL_NOT_ALLOWED', { symbol: 'SOLUSDT', listing }, {}, words, { listing: 'LISTED' });
    expect(line('symbol', follower(null, {}, { symbolBlacklist: ['SOLUSDT'] }))).toMatchObject(
      listed('take SOLUSDT off symbol_blacklist', 'BLACKLISTED'),
    );
    const elsewhere = line('symbol', follower(null, {}, { symbolWhitelist: ['BTCUSDT'] }));
    expect(elsewhere).toMatchObject({
      code: 'SYMBOL_NOT_ALLOWED',
      change: { words: 'put SOLUSDT on symbol_whitelist, or empty it', data: { listing: 'LISTED' } },
    });
    expect(line('symbol', follower())).toMatchObject({ verdict: 'NOT_SET' });
    expect(line('symbol', follower(null, {}, { symbolWhitelist: ['SOLUSDT'] }))).toMatchObject({ verdict: 'PASSED' });
  });

  it('too little confidence, with the limit that would have admitted it', () => {
    expect(line('confidence', follower({ min_confidence: 81 }))).toMatchObject(
      refused('CONFIDENCE_TOO_LOW', { confidence: 80 }, { min_confidence: 81 }, 'lower min_confidence to 80', {
        min_confidence: 80,
      }),
    );
    expect(line('confidence', follower())).toMatchObject({ verdict: 'NOT_SET', limit: { min_confidence: null } });
  });
});
