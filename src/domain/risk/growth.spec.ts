/** The owner's limits on what is added to a trade: which gate asks about what, and that only what grows is asked about. */
import fc from 'fast-check';
import { follower as ownerOf } from '../../../test/factories/risk-cases.js';
import { AT, fees, positionOf, type Shape } from '../../../test/factories/positions.js';
import type { Follower } from '../sizing/plan-entry.js';
import type { RiskLimits } from './limits.js';
import type { RiskState } from './risk-state.js';
import { limitRefusal } from './growth.js';

const LADDER = { ladder: [['98', 10n]] as const };

/** From a position of 1 at 100 (10x, stop 95) to one that also waits for 1 at 98: margin 9.8, notional 98, 3 at the stop. */
function refusal(
  limits: Partial<RiskLimits>,
  state: Partial<RiskState> = {},
  change: Partial<Follower> = {},
  to: Shape = LADDER,
  from: Shape = {},
) {
  return limitRefusal(positionOf(from), positionOf(to), ownerOf(limits, state, change), fees, AT);
}

describe('what is added to a trade', () => {
  const held = { marginUsed: '10' };

  it.each<[string, Partial<RiskLimits>, Partial<RiskState>, Partial<Follower>]>([
    ['ACCOUNT_INACTIVE', {}, {}, { accountActive: false }],
    ['DAILY_LOSS_LIMIT', { max_daily_loss_usdt: '5' }, { day_realised_usdt: '-5' }, {}],
    ['MAX_DRAWDOWN', { max_drawdown_percent: '1' }, { drawdown_usdt: '50' }, {}],
    ['CAPITAL_EXHAUSTED', {}, {}, { ...held, capitalUsdt: '19.79' }],
    ['MAX_TOTAL_MARGIN', { max_total_margin_usdt: '19.79' }, {}, held],
    ['MAX_GROUP_EXPOSURE', { max_group_exposure_usdt: '197.99' }, { group_net_usdt: '100' }, {}],
    ['MAX_WORST_CASE_LOSS', { max_worst_case_loss_usdt: '8.11' }, { open_risk_usdt: '5.0475' }, {}],
    ['INSUFFICIENT_BALANCE', {}, {}, { ...held, balance: '19.8' }],
  ])('is refused with %s', (reason, limits, state, change) => {
    expect(refusal(limits, state, change)).toBe(reason);
    expect(refusal(limits, state, change, {}, LADDER)).toBeUndefined();
  });

  it('is admitted at exactly the limits', () => {
    const limits = {
      max_total_margin_usdt: '19.8',
      max_group_exposure_usdt: '198',
      max_worst_case_loss_usdt: '8.1146',
    };
    const state = { group_net_usdt: '100', open_risk_usdt: '5.0475' };
    expect(refusal(limits, state, { ...held, capitalUsdt: '19.8', balance: '19.8196' })).toBeUndefined();
  });

  it('is stopped by a switch', () => {
    const switches = [{ code: 'KILL_SWITCH' as const, detail: {} }];
    expect(refusal({}, {}, { switches })).toBe('KILL_SWITCH');
  });

  it('a stop farther away is asked for the worst case alone', () => {
    const beyond = { max_daily_loss_usdt: '1', max_total_margin_usdt: '1', max_worst_case_loss_usdt: '6' };
    const state = { day_realised_usdt: '-50', open_risk_usdt: '5.0475' };
    expect(refusal(beyond, state, held, { stop: '94' })).toBe('MAX_WORST_CASE_LOSS');
    expect(refusal(beyond, state, held, { stop: '96' })).toBeUndefined();
    expect(refusal({ ...beyond, max_worst_case_loss_usdt: '7' }, state, held, { stop: '94' })).toBeUndefined();
  });

  it('of a SHORT is asked for the way up to its stop', () => {
    // 10 × 0.1 more at 102: 3 to the stop at 105, 0.05 % of 105 there and 0.02 % of 102 on the way.
    const short: Shape = { side: 'SHORT', stop: '105', targets: ['98', '96', '94'] };
    const more: Shape = { ...short, ladder: [['102', 10n]] };
    expect(refusal({ max_worst_case_loss_usdt: '3.0728' }, {}, {}, more, short)).toBe('MAX_WORST_CASE_LOSS');
    expect(refusal({ max_worst_case_loss_usdt: '3.0729' }, {}, {}, more, short)).toBeUndefined();
  });

  it('without a stop may lose the whole margin, with the fees of what waits', () => {
    // 9.8 of margin and 0.02 % of 98.
    const open = { stop: null };
    const more: Shape = { ...open, ...LADDER };
    expect(refusal({ max_worst_case_loss_usdt: '9.8195' }, {}, {}, more, open)).toBe('MAX_WORST_CASE_LOSS');
    expect(refusal({ max_worst_case_loss_usdt: '9.8196' }, {}, {}, more, open)).toBeUndefined();
  });

  it('what makes a trade smaller is never refused', () => {
    const strict: Partial<RiskLimits> = {
      max_daily_loss_usdt: '0.01',
      max_drawdown_percent: '0.01',
      max_total_margin_usdt: '0.01',
      max_group_exposure_usdt: '0.01',
      max_worst_case_loss_usdt: '0.01',
    };
    const lost = { day_realised_usdt: '-500', drawdown_usdt: '500', group_net_usdt: '9000', open_risk_usdt: '900' };
    fc.assert(
      fc.property(fc.bigInt(1n, 20n), fc.bigInt(0n, 20n), fc.boolean(), (more, less, isLong) => {
        const side: Shape = isLong ? {} : { side: 'SHORT', stop: '105', targets: ['98', '96', '94'] };
        const shape = (lots: bigint): Shape => ({
          ...side,
          ladder: lots === 0n ? [] : [[isLong ? '98' : '102', lots]],
        });
        const smaller = less < more ? less : more;
        const owner = { ...held, capitalUsdt: '1', balance: '0', accountActive: false };
        expect(refusal(strict, lost, owner, shape(smaller), shape(more))).toBeUndefined();
      }),
    );
  });
});
