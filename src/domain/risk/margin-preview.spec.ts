/** What a plan is shown to come to before anybody decides: SOL at 100 with a stop at 95, 10 USDT at 10x unless told otherwise. */
import { decided, follower, layout, signal } from '../../../test/factories/risk-cases.js';
import { marginBrackets } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import type { LayoutRefusal } from '../plan/lay-out.js';
import type { SignalPlan } from '../sizing/plan-entry.js';
import { marginPreview } from './margin-preview.js';

const brackets = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);

const preview = (
  plan: Partial<SignalPlan> = {},
  leverage = 10,
  perTrade = '10',
  refused: LayoutRefusal | null = null,
) => marginPreview(signal(plan), perTrade, leverage, refused, Decimal.of('1000'));

describe('the preview of a plan', () => {
  it('shows leverage, margin and stop, and no liquidation where the venue has none', () => {
    expect(preview()).toEqual({
      leverage: 10,
      mode: 'ISOLATED',
      limits: { user: 10, plan: null, platform: 25, instrument: 50, bracket: null },
      notional: '100',
      margin: '10',
      stopLoss: '95',
      liquidation: null,
      refusal: null,
    });
  });

  it('takes the lowest limit of the leverage, and names each', () => {
    const bounded = preview({ layout: layout({ plan: { margin: { leverage: 7 } } }), brackets }, 40);
    expect(bounded).toMatchObject({
      leverage: 7,
      limits: { user: 40, plan: 7, platform: 25, instrument: 50, bracket: 50 },
      notional: '70',
    });
    expect(preview({}, 40).leverage).toBe(25);
    expect(preview({}, 0)).toMatchObject({ leverage: 1, refusal: 'BELOW_MIN_NOTIONAL' });
    expect(preview({ isSpot: true }, 40, '100')).toMatchObject({ leverage: 1, limits: { user: 40, platform: 1 } });
    const table = marginBrackets([
      { upTo: '150', ratePercent: '2' },
      { upTo: null, ratePercent: '10' },
    ]);
    expect(preview({ brackets: table }, 25)).toMatchObject({ leverage: 15, limits: { bracket: 15 } });
  });

  it('shows the liquidation price, and refuses a stop that lies behind it', () => {
    expect(preview({ brackets })).toMatchObject({ liquidation: '90.452261306533', refusal: null });
    expect(preview({ brackets }, 25)).toMatchObject({
      stopLoss: '95',
      liquidation: '96.482412060302',
      refusal: 'LIQUIDATION_BEFORE_STOP',
    });
    const none = layout({ plan: { stop: { unit: 'NONE' } } });
    expect(preview({ brackets, layout: none }, 25)).toMatchObject({ stopLoss: null, refusal: null });
  });

  it('counts with what the account has free for cross margin', () => {
    const plan = { brackets, isCross: true };
    const cross = (free: string) => marginPreview(signal(plan), '10', 25, null, Decimal.of(free));
    // 2.5 coins for 250: (250 − (20 − 0.125)) ÷ (2.5 × 0.995).
    expect(cross('20')).toMatchObject({ mode: 'CROSS', liquidation: '92.512562814071', refusal: null });
    expect(cross('11')).toMatchObject({ liquidation: '96.130653266332', refusal: 'LIQUIDATION_BEFORE_STOP' });
  });

  it('says first why there is no plan, then what is too small, then that the liquidation comes first', () => {
    expect(preview({ layout: null, brackets }, 25, '10', 'PRICE_BEYOND_STOP')).toEqual({
      leverage: 25,
      mode: 'ISOLATED',
      limits: { user: 25, plan: null, platform: 25, instrument: 50, bracket: null },
      ...{ notional: '0', margin: '0', stopLoss: null, liquidation: null },
      refusal: 'PRICE_BEYOND_STOP',
    });
    expect(preview({ brackets }, 25, '0.1', 'PRICE_BEYOND_STOP').refusal).toBe('PRICE_BEYOND_STOP');
    expect(preview({ brackets }, 25, '0.1').refusal).toBe('BELOW_MIN_QTY');
    expect(preview({}, 10, '1.5').refusal).toBe('BELOW_MIN_NOTIONAL');
  });

  it('shows what is decided', () => {
    const plan = signal({
      brackets,
      layout: layout({ plan: { safety: { levels: 2, step_percent: 1, size_multiplier: 2 } } }),
    });
    const { leverage, margin } = marginPreview(plan, '10', 12, null, Decimal.ZERO);
    const outcome = decided(follower(null, {}, { leverage: 12 }), plan);
    expect(outcome).toMatchObject({ verdict: 'OPENED', leverage });
    expect(outcome.verdict === 'OPENED' && outcome.margin.toString()).toBe(margin);
  });
});
