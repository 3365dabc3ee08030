/** Reading bodies: each dialect by an example of its own, what is refused and by which name, and that nothing throws. */
import fc from 'fast-check';
import type { Alert, Reading } from './alert.js';
import { readAlerts } from './read-alerts.js';
import { withoutSecrets } from './secrets.js';

const read = (body: unknown, isForm = false): readonly Alert[] => {
  const { alerts, refusal } = readAlerts(typeof body === 'string' ? body : JSON.stringify(body), { isForm });
  expect(refusal).toBeNull();
  return alerts;
};

const one = (body: unknown, isForm = false): Alert => {
  const alerts = read(body, isForm);
  expect(alerts).toHaveLength(1);
  return alerts[0] as Alert;
};

const refusal = (body: unknown): string | undefined =>
  readAlerts(typeof body === 'string' ? body : JSON.stringify(body)).refusal?.code;

const HEAD = { secret: 'eyJ-token', bot_uuid: '3f0e', max_lag: '120', timestamp: '2026-03-01T10:00:00Z' };
const TICKER = { tv_exchange: 'BYBIT', tv_instrument: 'SOLUSDT.P' };
const OKX = { instrument: 'ETH-USDT-SWAP', signalToken: 'okx-token', timestamp: '2026-03-01T10:00:00Z' };

const SCRIPT = `Main(ETHUSDT) {
  continue(if=positionNone);
  limit(side=sell, amount=5%a, offset=@3100);
  stopOrder(side=buy, amount=100%p, offset=e1.5%);
  limit(side=buy, amount=40%p, offset=@2900);
  limit(side=buy, amount=60%p, offset=@2800);
} #desk`;

const EXAMPLES: readonly [name: string, body: unknown, dialect: string, says: Reading & Partial<Alert>][] = [
  [
    '3Commas, strategy',
    { ...HEAD, ...TICKER, action: 'sell', strategy_info: { market_position: 'short', prev_market_position: 'long' } },
    '3commas',
    { said: 'sell', intent: 'reverse_to_short', pair: 'SOLUSDT', exchange: 'bybit', maxLag: 120, isSendTime: true },
  ],
  [
    '3Commas, custom',
    {
      ...HEAD,
      ...TICKER,
      action: 'enter_short',
      order: { amount: '4', currency_type: 'margin_percent', order_type: 'limit', price: '151' },
      take_profit: { enabled: true, steps: [{ price_percent: '2', volume_percent: '100' }] },
      stop_loss: { enabled: true, trigger_price_percent: '1.5', trailing: { enabled: true, percent: '1' } },
    },
    '3commas-custom',
    { said: 'sell', intent: 'open_short', qtyPct: '4', price: '151', stop: { kind: 'percent', value: '1.5' } },
  ],
  [
    '3Commas, DCA bot',
    { message_type: 'bot', bot_id: 77, email_token: 'mail-token', pair: 'USDT_ADA', delay_seconds: 0 },
    '3commas-bot',
    { said: 'buy', intent: 'open_long', pair: 'ADAUSDT', secret: 'mail-token' },
  ],
  [
    'WunderTrading, code',
    'EXIT-SHORT_BYBIT_DOTUSDT_night_owl_1H_0a1b2c3d4e',
    'wundertrading',
    { said: 'close_short', symbol: 'DOTUSDT', strategy: 'night_owl', interval: '1H', secret: '0a1b2c3d4e' },
  ],
  [
    'WunderTrading, object',
    {
      code: 'ENTER-LONG_OKX_LTCUSDT_owl_5M_0a1b2c3d4e',
      amountPerTradeType: 'percents',
      amountPerTrade: '3',
      leverage: 4,
      takeProfits: [
        { price: 90, portfolio: 0.25 },
        { priceDeviation: 0.05, portfolio: 0.75 },
      ],
      stopLoss: { priceDeviation: 0.02 },
    },
    'wundertrading',
    { intent: 'open_long', leverage: 4, qtyPct: '3', stop: { kind: 'percent', value: '2' } },
  ],
  ['Alertatron, script', SCRIPT, 'alertatron', { said: 'sell', price: '3100', onlyIf: ['flat'], tag: 'desk' }],
  [
    'Alertatron Lite',
    { side: 'short', symbol: 'LINKUSDT', amount: '1%', useHedgeMode: false, closeExisting: true, stopLossOffset: '2%' },
    'alertatron-lite',
    { said: 'sell', intent: 'reverse_to_short', qtyPct: '1', stop: { kind: 'percent', value: '2' } },
  ],
  [
    'TradersPost',
    {
      ticker: 'ETHUSD',
      action: 'buy',
      sentiment: 'bullish',
      quantity: 2,
      quantityType: 'percent_of_equity',
      takeProfit: { limitPrice: 3300 },
      stopLoss: { type: 'trailing_stop', trailPercent: 3 },
    },
    'traderspost',
    { position: 'long', qty: null, qtyPct: '2', targets: [{ kind: 'price', value: '3300' }] },
  ],
  [
    'OKX, form A',
    { ...OKX, id: 'Short', action: 'sell', marketPosition: 'short', prevMarketPosition: 'flat' },
    'okx',
    { intent: 'open_short', pair: 'ETHUSDT', maxLag: 60, id: null, tag: 'Short', secret: 'okx-token' },
  ],
  ['OKX, form B', { ...OKX, action: 'EXIT_LONG', maxLag: '30' }, 'okx', { said: 'close_long', maxLag: 30 }],
  [
    'Finandy',
    {
      name: 'hook',
      secret: 'fin-secret',
      symbol: 'XRPUSDT',
      side: 'sell',
      open: { scaled: { price1: { mode: 'value', value: '2.4' }, price2: { mode: 'value', value: '2.5' } } },
      sl: { price: '2.6' },
      tp: { orders: { 0: { price: '2.2', piece: '100' } } },
    },
    'finandy',
    { said: 'sell', entries: ['2.4', '2.5'], entriesAre: 'zone', secret: 'fin-secret' },
  ],
  [
    'PineConnector',
    '40123456789,sellstop,GBPUSD,price=1.25,risk=2,sl=1.26,tp=1.22',
    'pineconnector',
    { said: 'sell', orderType: 'stop', price: '1.25', risk: { percent: '2' }, stop: { kind: 'price', value: '1.26' } },
  ],
  [
    'OctoBot',
    'EXCHANGE=okx;SYMBOL=AVAX/USDT;SIGNAL=BUY;VOLUME=5a%;STOP_PRICE=20;TAKE_PROFIT_PRICE_1=25;TAKE_PROFIT_PRICE_2=30;TOKEN=octo-token',
    'octobot',
    { said: 'buy', pair: 'AVAXUSDT', qtyPct: '5', stop: { kind: 'price', value: '20' }, secret: 'octo-token' },
  ],
  [
    'Altrady',
    { api_key: 'al-key', api_secret: 'al-secret', action: 'close', exchange: 'BINA', symbol: 'BINA_USDT_NEAR' },
    'altrady',
    { said: 'close', pair: 'NEARUSDT', secret: 'al-secret' },
  ],
  [
    'Just.Trades, object',
    { recorder: 'DESK', action: 'sell', ticker: 'MES1!', price: '6100', sl_ticks: 20, trail_start: 8 },
    'just-trades',
    {
      strategy: 'DESK',
      stop: { kind: 'ticks', value: '20' },
      trail: { unit: 'ticks', offset: null, activation: '8', frequency: null },
    },
  ],
  [
    'Just.Trades, line',
    'DESK: buy, Price = 6105.25, Ticker = MES1!, Period = 15, Action = short, Amount = -1',
    'just-trades',
    { said: 'buy', position: 'short', sizeAfter: '-1', intent: 'reduce_short', interval: '15' },
  ],
  [
    'Alerts Processor',
    { stub: 'main', direction: 'close', symbol: 'BNB-PERP', size: '25%' },
    'alerts-processor',
    { said: 'close', intent: 'reduce', qtyPct: '25', pair: 'BNBUSDT', account: 'main' },
  ],
  [
    'Autoview',
    'e=bybit s=suiusdt b=short q=3% t=market l=7',
    'autoview',
    { said: 'sell', symbol: 'SUIUSDT', leverage: 7 },
  ],
  [
    'Cornix as JSON',
    {
      pair: 'APT/USDT',
      signal_type: 'Regular (Short)',
      take_profit_targets: { 1: 7, 2: 6.5 },
      stop_targets: { 1: 8 },
      leverage: 'Cross (5X)',
    },
    'cornix',
    { said: 'sell', pair: 'APTUSDT', marginMode: 'CROSS', leverage: 5, stop: { kind: 'price', value: '8' } },
  ],
  [
    'TradingView’s own sentence',
    'Owl (9, 21): order sell @ 0.4 filled on BYBIT:ETHUSDT.P. New strategy position is 0.6',
    'order-fill',
    {
      said: 'sell',
      qty: '0.4',
      price: null,
      position: 'long',
      sizeAfter: '0.6',
      strategy: 'Owl',
      intent: 'reduce_long',
    },
  ],
  [
    'plain object',
    { symbol: 'btcusdt', side: 'Buy', entry: 60000, sl: 59000, tp1: 61000 },
    'plain',
    { symbol: 'BTCUSDT', isEntryPrice: true },
  ],
  ['plain cells', 'ETHUSDT,sell,3000.5,0.2', 'plain', { said: 'sell', price: '3000.5', qty: '0.2' }],
  ['plain pairs', 'symbol=ETHUSDT, action=exit_long', 'plain', { said: 'close_long', symbol: 'ETHUSDT' }],
  [
    'a message that says exit',
    { symbol: 'ETHUSDT', action: 'sell', message: 'TP1' },
    'plain',
    { intent: 'close_long', isReduceOnly: true },
  ],
  [
    'a comment that closes',
    { symbol: 'ETHUSDT', action: 'buy', comment: 'Exit Short' },
    'plain',
    { intent: 'close_short' },
  ],
  [
    'OctoBot, relative',
    'SYMBOL=ETHUSDT;SIGNAL=BUY;ORDER_TYPE=LIMIT;PRICE=-2%;STOP_PRICE=-5%',
    'octobot',
    { price: null, stop: { kind: 'percent', value: '5' } },
  ],
  [
    'Cornix, entries',
    { pair: 'APT/USDT', side: 'long', signal_type: 'Regular', entry_targets: { 1: 7, 2: 6.8 }, stop_targets: { 1: 6 } },
    'cornix',
    { entries: ['7', '6.8'], price: '7' },
  ],
  ['action and side', { action: 'exit', side: 'sell', symbol: 'ETHUSDT' }, 'plain', { said: 'close_long' }],
  ['hedge mode', { symbol: 'ETHUSDT', side: 'SELL', positionSide: 'LONG' }, 'plain', { said: 'close_long' }],
];

it.each(EXAMPLES)('%s', (_name, body, dialect, says) => {
  expect(one(body)).toMatchObject({ dialect, ...says });
});

describe('a body', () => {
  it('may hold several alerts: a list, objects behind each other, lines, blocks of pairs', () => {
    const [a, b] = [
      { symbol: 'AUSDT', side: 'buy' },
      { symbol: 'BUSDT', side: 'sell' },
    ];
    const json = [a, b].map((item) => JSON.stringify(item));
    const texts = [
      [a, b],
      json.join('\n'),
      { alerts: [a, b] },
      'buy AUSDT\nsell BUSDT',
      'SYMBOL=AUSDT\nSIGNAL=BUY\n\nSYMBOL=BUSDT\nSIGNAL=SELL',
    ];
    for (const body of texts) expect(read(body).map(({ symbol }) => symbol)).toEqual(['AUSDT', 'BUSDT']);
  });

  it('is the same whatever form it has: object, form fields, pairs, text in quotes', () => {
    const wanted = { said: 'buy', symbol: 'BTCUSDT', price: '60000.5' };
    const object = { action: 'buy', ticker: 'BTCUSDT', price: 60000.5 };
    expect(one(object)).toMatchObject(wanted);
    expect(one(JSON.stringify(JSON.stringify(object)))).toMatchObject(wanted);
    expect(one('action=buy&ticker=BTCUSDT&price=60000.5', true)).toMatchObject(wanted);
    expect(one('action=buy; ticker=BTCUSDT; price=60,000.5')).toMatchObject(wanted);
    expect(one('{"action":"buy","ticker":"BTCUSDT","price":60000.5,"tp":NaN,}')).toMatchObject(wanted);
  });

  it.each([
    ['', 'empty_body'],
    [' \n ', 'empty_body'],
    ['{"action": "buy"', 'unparseable_body'],
    ['[1, 2]', 'unparseable_body'],
    ['Good morning traders', 'unparseable_body'],
    ['{"action":"{{strategy.order.action}}","ticker":"BTCUSDT"}', 'unfilled_placeholders'],
    ['{"action":"buy","ticker":"BTCUSDT","price":{{close}}}', 'unfilled_placeholders'],
    ['{"message":"order {{strategy.order.action}}"}', 'unfilled_placeholders'],
    ['{"ticker":"BTCUSDT"}', 'no_action'],
    ['{"ticker":"BTCUSDT","action":"hold"}', 'unknown_action'],
    ['{"ticker":"MNQ1!","action":"open_long"}', 'unknown_action'],
    ['{"ticker":"BTCUSDT","action":"buy","price":"cheap"}', 'bad_price'],
    ['{"ticker":"BTCUSDT","action":"buy","price":0}', 'bad_price'],
    ['{"ticker":"BTCUSDT","action":"buy","qty":-1}', 'bad_quantity'],
    ['{"ticker":"ES1!","action":"buy","qty":1.5}', 'bad_quantity'],
    ['40123456789,buy,EURUSD,vol_lots=1,risk=1', 'duplicate_quantity'],
    ['{"ticker":"BTCUSDT","action":"buy","price":60000,"sl":61000.5}', 'bad_stop'],
    [`[${Array.from({ length: 21 }, () => '{"symbol":"AUSDT","side":"buy"}').join(',')}]`, 'too_many_alerts'],
    [' '.repeat(65_537), 'body_too_large'],
  ])('%j is refused as %s', (body, code) => {
    expect(refusal(body)).toBe(code);
  });

  it('is refused by the name of the placeholder, but not for one that nobody reads', () => {
    const says = readAlerts('{"action":"buy","ticker":"{{ticker}}"}').refusal?.says;
    expect(says).toContain('{{ticker}} in ticker');
    expect(one({ action: 'buy', ticker: 'BTCUSDT', note: '{{plot_3}}' }).said).toBe('buy');
  });

  it('takes the symbol of its source where it names none', () => {
    const { alerts } = readAlerts('{"action":"buy"}', { symbol: 'BTCUSDT' });
    expect(alerts[0]).toMatchObject({ symbol: 'BTCUSDT', pair: 'BTCUSDT' });
  });

  it('reads a bare stop as a price near the price, as ticks where it is a whole number far from it', () => {
    const stop = (sl: unknown, ticker = 'NQ1!') => one({ ticker, action: 'buy', price: 21000, sl }).stop;
    expect(stop(20990.5)).toEqual({ kind: 'price', value: '20990.5' });
    expect(stop(20900)).toEqual({ kind: 'price', value: '20900' });
    expect(stop(40)).toEqual({ kind: 'ticks', value: '40' });
    expect(stop('2%')).toEqual({ kind: 'percent', value: '2' });
  });
});

describe('secrets', () => {
  it('are found wherever a dialect has them, and nothing of them is left in the text', () => {
    for (const [, body] of EXAMPLES) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const { secrets } = readAlerts(text);
      const clean = withoutSecrets(text, secrets);
      for (const secret of secrets) expect(clean).not.toContain(secret);
      expect(clean).not.toMatch(/eyJ-token|mail-token|okx-token|fin-secret|octo-token|al-secret|al-key|0a1b2c3d4e/);
    }
  });

  it('that are short words are taken out only where they stand alone', () => {
    expect(withoutSecrets('buy,secret=uy,tuy', ['uy'])).toBe('buy,secret=[redacted],tuy');
  });
});

it('anything is read or refused, never thrown, and in linear time', () => {
  const words = fc.constantFrom(
    '{',
    '}',
    '[',
    '"',
    ':',
    ',',
    '=',
    '\n',
    ' ',
    'buy',
    'symbol',
    'BTCUSDT',
    '{{close}}',
    '1e9',
    '(',
    ')',
    'order ',
  );
  const bodies = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 60 }).map((list) => list.join('')),
    fc.json(),
  );
  fc.assert(
    fc.property(bodies, (body) => void readAlerts(body)),
    { numRuns: 500 },
  );
});
