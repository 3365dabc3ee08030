import { Decimal } from '../../../domain/money/decimal.js';
import { paperSettings, termsOf } from './settings.js';

const parsed = (environment: Record<string, string>) => paperSettings.safeParse(environment);
const problem = (environment: Record<string, string>) => parsed(environment).error?.issues[0]?.message;
const terms = (environment: Record<string, string>) => termsOf(paperSettings.parse(environment));

describe('the settings of paper trading', () => {
  it('simulate costs, funding and liquidation unless told otherwise', () => {
    const simulated = terms({});
    expect(simulated.fills.realism).toBe('basic');
    expect(simulated.fundingRatePercent?.('BTCUSDT')).toBe('0.01');
    // 50,000 × 0.5 %, then 250,000 × 1.5 %, 1,000,000 × 2.5 %, 5,000,000 × 5 % and 20,000,000 × 2.5 %, added up.
    const amounts = simulated.brackets?.map(({ amount }) => amount.toString());
    expect(amounts).toEqual(['0', '250', '4000', '29000', '279000', '779000']);
    expect(terms({ PAPER_REALISM: 'off' })).toEqual({ fills: expect.objectContaining({ realism: 'off' }) as object });
  });

  it('know a symbol by its base asset', () => {
    const { fills } = terms({ PAPER_HALF_SPREAD_BPS: '1,10,100' });
    const price = (symbol: string) =>
      fills
        .execute({ symbol, side: 'BUY', type: 'MARKET', qty: Decimal.of('0.0001') }, { price: Decimal.of('100') }, 0)
        ?.price.rounded(3, 'half_even')
        .toString();
    expect(['BTCUSDT', 'SOLUSDT', 'PEPEUSDT'].map(price)).toEqual(['100.01', '100.1', '101']);
  });

  it('give a symbol a funding rate of its own', () => {
    const { fundingRatePercent } = terms({ PAPER_FUNDING_RATE_BY_SYMBOL: 'DOGEUSDT=-0.02, BTCUSDT=0.005' });
    expect(['DOGEUSDT', 'BTCUSDT', 'ETHUSDT'].map((symbol) => fundingRatePercent?.(symbol))).toEqual([
      '-0.02',
      '0.005',
      '0.01',
    ]);
  });

  it.each([
    ['PAPER_REALISM', 'perfect', /one of|option/],
    ['PAPER_DEPTH_USDT', '1,2', /three numbers/],
    ['PAPER_DEPTH_USDT', '1,0,2', /above zero/],
    ['PAPER_FUNDING_RATE_BY_SYMBOL', 'DOGE', /list such as/],
    ['PAPER_FUNDING_RATE_PERCENT', '20', /percentage/],
    ['PAPER_MAINTENANCE_MARGIN', '50000:0.5', /must rise/],
    ['PAPER_MAINTENANCE_MARGIN', '50000:0.5,rest:0.4', /must rise/],
    ['PAPER_MAINTENANCE_MARGIN', 'many', /list such as/],
  ])('refuse %s=%s with a sentence', (name, value, sentence) => {
    expect(problem({ [name]: value })).toMatch(sentence);
  });
});
