import fc from 'fast-check';
import type { Change, EnterIntent } from '../intent/intent.js';
import { type ReplyTo, readSignalText, type TextReading } from './read-signal-text.js';
import { COMMON_PROFILE, type TextProfile } from './text-profile.js';

function signal(text: string, profile: Partial<TextProfile> = {}): EnterIntent {
  const reading = readSignalText(text, { profile: { ...COMMON_PROFILE, ...profile } });
  if (reading.kind !== 'signal') throw new Error(`read as ${JSON.stringify(reading)}`);
  return reading.intent;
}

/** Side, symbol, entries, targets, stop, leverage in one line. */
function told(text: string): string {
  const { side, symbol, entry, plan, targets, stopLoss, leverage } = signal(text);
  const entries = plan['entry.prices'] ?? (entry === null ? ['market'] : [entry]);
  const stop = stopLoss ?? (typeof plan['stop.value'] !== 'string' ? 'none' : `${plan['stop.value']}%`);
  return `${side} ${symbol} ${entries.join('/')} -> ${targets.join('/')} stop ${stop} x${leverage ?? '?'}`;
}

function changes(text: string, replyTo?: ReplyTo): readonly Change[] {
  const reading = readSignalText(text, { replyTo });
  if (reading.kind !== 'update') throw new Error(`read as ${JSON.stringify(reading)}`);
  return reading.intent.changes;
}

const kindOf = (text: string): TextReading['kind'] => readSignalText(text).kind;

function codes(text: string, profile: Partial<TextProfile> = {}): string[] {
  const reading = readSignalText(text, { profile: { ...COMMON_PROFILE, ...profile } });
  return reading.kind === 'refused' ? reading.reasons.map(({ code }) => code) : [reading.kind];
}

describe('calls for a trade', () => {
  it.each([
    [
      '#SOL/USDT\nExchanges: Bybit USDT\nSignal Type: Regular (Long)\nLeverage: Cross (8X)\nEntry Targets:\n1) 151.2\n2) 149.6\nTake-Profit Targets:\n1) 154\n2) 158.5\n3) 165\nStop Targets:\n1) 144.8',
      'LONG SOLUSDT 151.2/149.6 -> 154/158.5/165 stop 144.8 x8',
    ],
    [
      '#SOL/USDT Exchanges: Bybit USDT Signal Type: Regular (Long) Leverage: Cross (8X) Entry Targets: 1) 151.2 2) 149.6 Take-Profit Targets: 1) 154 2) 158.5 3) 165 Stop Targets: 1) 144.8',
      'LONG SOLUSDT 151.2/149.6 -> 154/158.5/165 stop 144.8 x8',
    ],
    [
      'AVAX/USDT enter below 22.4 — targets 21.6, 20.9 — stop 23.3 — lev x5',
      'SHORT AVAXUSDT 22.4 -> 21.6/20.9 stop 23.3 x5',
    ],
    [
      'ETH/USDT buy zone 3120-3180, tp 3260 3340, stop 3015, RM: 1%',
      'LONG ETHUSDT 3180/3120 -> 3260/3340 stop 3015 x?',
    ],
    [
      '#Signal #HBAR/USDT $HBAR\nLong 📈 Lev x10 #Crypto\n\nEntry: 0.2501 - Stop Loss: 0.2424\n\nTargets: 0.25395 - 0.2578 - 0.26165',
      'LONG HBARUSDT 0.2501 -> 0.25395/0.2578/0.26165 stop 0.2424 x10',
    ],
    [
      '🚀 BTCUSDT LONG\nEntry: 67,500\nTarget 1: 68,000\nTarget 2: 68,500\nStop Loss: 67,000\nLeverage: 10x',
      'LONG BTCUSDT 67500 -> 68000/68500 stop 67000 x10',
    ],
    ['#LONG #DOTUSDT Entry: 5.1 SL: 4.9 TP: 5.4', 'LONG DOTUSDT 5.1 -> 5.4 stop 4.9 x?'],
    ['SELL ETHUSDT entry: 3000, sl: 3100, tp: 2900', 'SHORT ETHUSDT 3000 -> 2900 stop 3100 x?'],
    ['BUY BTCUSDT @ 50000', 'LONG BTCUSDT 50000 ->  stop none x?'],
    ['1000PEPEUSDT\nLong\nEntry 0.0112\nTP 0.0118\nSL 0.0108', 'LONG 1000PEPEUSDT 0.0112 -> 0.0118 stop 0.0108 x?'],
    ['#1INCH/USDT short\nentry 0.41\ntargets 0.4 / 0.39\nstop 0.43', 'SHORT 1INCHUSDT 0.41 -> 0.4/0.39 stop 0.43 x?'],
    ['ADA-USDT SHORT 0.70-0.72 TP 0.66 SL 0.74 20х', 'SHORT ADAUSDT 0.7/0.72 -> 0.66 stop 0.74 x20'],
    [
      '$LINKUSDT - Лонг\n\nВход: 14,25 (по текущим)\nСтоп лосс: 13,80\nТейк профит: 15,10\nРиск на сделку 1%',
      'LONG LINKUSDT 14.25 -> 15.1 stop 13.8 x?',
    ],
    [
      '#ATOMUSDT Шорт (вход лимиткой)\n— Вход: 4,1510\n— Усреднение: 4,2230\n— SL: 4,4010 (от A: -6,0%)\n— TP1: 3,9900 🎯 (от A: +3,9%)\n— TP2: 3,8100 🎯 (от A: +8,2%)\nПлечо 5х',
      'SHORT ATOMUSDT 4.151/4.223 -> 3.99/3.81 stop 4.401 x5',
    ],
    [
      'BTCUSDT ЛОНГ\nвход по рынку 61 250,50\nстоп: 60 100,00\nцели: 63 000',
      'LONG BTCUSDT 61250.5 -> 63000 stop 60100 x?',
    ],
    ['LONG BTC/USDT\nEntry 64k5\nTP1 66K TP2 68K\nSL 63K', 'LONG BTCUSDT 64500 -> 66000/68000 stop 63000 x?'],
    [
      'Coin: $INJ/USDT (3-7x)\nDirection: LONG\nENTRY: 21 – 21.4\nTARGETS: 22 – 23.5\nSTOP LOSS: 19.8',
      'LONG INJUSDT 21.4/21 -> 22/23.5 stop 19.8 x7',
    ],
    ['🟢 LONG $OP - ENTRY NOW\nSL 1.42\nTP 1.61', 'LONG OPUSDT market -> 1.61 stop 1.42 x?'],
    ['LTC/USDT\nBuy 71 to 72\nSell 75, 78\nStop 68', 'LONG LTCUSDT 72/71 -> 75/78 stop 68 x?'],
    ['LTC/USDT\nSell 71 to 72\nTarget 1 69\nTarget 2 66\nStop 74', 'SHORT LTCUSDT 71/72 -> 69/66 stop 74 x?'],
    [
      '#XRP/BTC\nBuy 1250 - 1270\nSell 1350\nStop 1190',
      'LONG XRPBTC 0.0000127/0.0000125 -> 0.0000135 stop 0.0000119 x?',
    ],
    ['#SUI/USDT Short\nEntry: 3.31\nTargets:\n1️⃣ 3.2\n2️⃣ 3.05\nStop: 5%', 'SHORT SUIUSDT 3.31 -> 3.2/3.05 stop 5% x?'],
    ['**#NEARUSDT** `LONG`\n**Entry**: 5.1\n**TP**: 5.5\n**SL**: 4.8', 'LONG NEARUSDT 5.1 -> 5.5 stop 4.8 x?'],
    ['$BTСUSDT - LОNG\nEntry 60100\nTP 62000\nSL 59000', 'LONG BTCUSDT 60100 -> 62000 stop 59000 x?'],
    [
      'ETH\u200bUSDT LO\u200dNG\nEntry:\u00a03000\nTP:\u00a03300\nSL:\u00a02900',
      'LONG ETHUSDT 3000 -> 3300 stop 2900 x?',
    ],
    ['𝗕𝗧𝗖𝗨𝗦𝗗𝗧 𝗟𝗢𝗡𝗚\nEntry ６０１００\nTP ６２０００\nSL ５９０００', 'LONG BTCUSDT 60100 -> 62000 stop 59000 x?'],
    ['#TIA/USDTLONGEntry: 4.1Targets: 4.4, 4.8StopLoss: 3.9', 'LONG TIAUSDT 4.1 -> 4.4/4.8 stop 3.9 x?'],
    [
      'AVAX Long · Einstieg: 28,40 – 28,90 · Ziele: 29,50 / 30,20 · Stopp: 27,60 · Hebel 5x',
      'LONG AVAXUSDT 28.9/28.4 -> 29.5/30.2 stop 27.6 x5',
    ],
  ])('%j', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it('says ladder, zone, breakout and shares in the plan', () => {
    expect(signal('#A/USDT long\nEntry zone: 10-11\nTP 12\nSL 9').plan).toEqual({
      'entry.kind': 'ZONE',
      'entry.prices': ['11', '10'],
    });
    expect(signal('#A/USDT long above 11\nTP 12\nSL 9').plan).toEqual({
      'entry.kind': 'BREAKOUT',
      'entry.prices': ['11'],
    });
    expect(signal('#A/USDT long below 11\nTP 12\nSL 9').plan).toEqual({});
    expect(
      signal('#A/USDT long\nEntry 1: 11 (40%)\nEntry 2: 10 (60%)\nTP1: 12 - 30%\nTP2: 13 - 70%\nSL 9').plan,
    ).toEqual({
      'entry.kind': 'LADDER',
      'entry.prices': ['11', '10'],
      'entry.shares': ['40', '60'],
      'targets.split': 'SHARES',
      'targets.shares': ['30', '70'],
    });
  });

  it('says trailing, margin mode, risk, amount, exchanges and the name of the signal', () => {
    const text =
      'Signal ID: #77\n#A/USDT Regular (Long)\nExchanges: Binance Futures, ByBit\nLeverage: Isolated (5X)\nAmount: 3%\nRisk: 1%\nTF: 4H\n' +
      'Entry: 10\nTargets: 12, 13\nStop: 9\n\nTrailing Configuration:\nTake-Profit: Percentage (0.5%)\nStop: Percent Below Highest (2%) -\n  Trigger: Target (1)';
    const { plan, meta, ref } = signal(text);
    expect(plan).toEqual({
      'margin.mode': 'ISOLATED',
      'targets.trailing_percent': '0.5',
      'stop.rules': [{ action: 'BELOW_HIGHEST', at_target: 1, percent: '2' }],
    });
    expect(meta).toMatchObject({ risk_percent: '1', amount_percent: '3', timeframe: '4H' });
    expect(ref).toBe('77');
  });

  it('tells where each field stands', () => {
    const text = '🔥 #SOL/USDT LONG Entry 150 TP 160 SL 140';
    const reading = readSignalText(text);
    const spans = 'spans' in reading ? reading.spans : {};
    const words = Object.fromEntries(
      Object.entries(spans).map(([field, list]) => [field, list.map(([a, b]) => text.slice(a, b))]),
    );
    expect(words).toEqual({ symbol: ['SOL/USDT'], side: ['LONG'], entry: ['150'], targets: ['160'], stop: ['140'] });
  });
});

describe('what is refused, with a question', () => {
  it.each([
    ['#A/USDT\nEntry 10\nTP 12\nTP 8\nSL 9', 'NO_SIDE'],
    ['LONG\nEntry 10\nTP 12\nSL 9', 'NO_SYMBOL'],
    ['#A/USDT #B/USDT LONG\nEntry 10\nTP 12\nSL 9', 'SEVERAL_SYMBOLS'],
    ['#A/USDT LONG\nEntry 10\nTP 12\nSL 13', 'STOP_ON_WRONG_SIDE'],
    ['#A/USDT SHORT\nEntry 10\nTP 12\nSL 9', 'SIDE_AGAINST_PRICES'],
    ['#A/USDT LONG\nEntry 10\nTP 9.5\nSL 9', 'TARGET_ON_WRONG_SIDE'],
    ['#A/USDT LONG\nEntry 10\nTP 1200\nSL 9', 'PRICES_FAR_APART'],
    ['#A/USDT LONG\nEntry 10\nTP 12\nSL 9 or 8.5', 'SEVERAL_STOPS'],
    ['#A/USDT LONG\nEntry 10\nTP 1.2.3\nSL 9', 'UNCLEAR_NUMBER'],
    ['#A/USDT SELL LIMIT\nSL 10\nTP 8', 'NO_ENTRY'],
    ['#АTOM/USDT Лонг\nвход 1,057\nцель 1,157\nстоп 1,002', 'UNCLEAR_NUMBER'],
    ['#A/USDT LONG above 10 - 11\nTP 12\nSL 9', 'BREAKOUT_PRICES'],
    ['UPDATE\n#A/USDT LONG\nEntry 10\nTP 12\nSL 9', 'SIGNAL_OR_UPDATE'],
    ['#A/USDT close half or so, partial profits', 'REDUCE'],
  ])('%j', (text, code) => {
    if (code === 'REDUCE') expect(changes(text)).toEqual([{ kind: 'REDUCE', percent: '50' }]);
    else expect(codes(text)).toContain(code);
  });

  it('is asked of the author, and says what it would be', () => {
    const reading = readSignalText('#A/USDT LONG\nEntry 10\nTP 12\nSL 13');
    expect(reading).toMatchObject({
      kind: 'refused',
      question: 'Where is the stop? It must lie below the entries of a long and above those of a short.',
      reasons: [{ code: 'STOP_ON_WRONG_SIDE', field: 'stop', text: '13' }],
      intent: { kind: 'ENTER', symbol: 'AUSDT' },
    });
  });
});

describe('words about a trade that runs', () => {
  it.each<[string, Change[]]>([
    [
      '#VETUSDT - ✅ Target 3 reached\nProfit collected 29.3233%\nPosted: 3 Days 5 Hours 24 Minutes Ago',
      [{ kind: 'TARGET_HIT', target: 3 }],
    ],
    [
      'Gained Profit on #VETUSDT\nAll take-profit targets achieved 😎\nProfit: 45.2%\nPeriod: 2 Days',
      [{ kind: 'ALL_TARGETS_HIT' }],
    ],
    ['#BTCUSDT - Stop Loss ⛔\nLoss: 29.9988%', [{ kind: 'STOP_HIT' }]],
    [
      '#HBARUSDT - Signal Cancelled ❌\nClosed due to opposite direction signal',
      [{ kind: 'CANCEL' }, { kind: 'CLOSE', isTold: true }],
    ],
    ['#JUPUSDT - Signal Closed 🔔', [{ kind: 'CLOSE', isTold: true }]],
    ['#FILUSDT - Closed! ✅\nTrade closed with 14.2579% profit.', [{ kind: 'CLOSE', isTold: true }]],
    ['move SL to entry', [{ kind: 'MOVE_STOP', to: { at: 'ENTRY' } }]],
    [
      'SOLUSDT: TP1 hit, move stop loss to 151.5',
      [
        { kind: 'TARGET_HIT', target: 1 },
        { kind: 'MOVE_STOP', to: { at: 'PRICE', price: '151.5' } },
      ],
    ],
    ['SOL stop to tp1', [{ kind: 'MOVE_STOP', to: { at: 'TARGET', target: 1 } }]],
    ['close now', [{ kind: 'CLOSE' }]],
    [
      'Close 30% of #SOLUSDT and move SL to BE',
      [
        { kind: 'REDUCE', percent: '30' },
        { kind: 'MOVE_STOP', to: { at: 'ENTRY' } },
      ],
    ],
    ['Cancel #SOLUSDT', [{ kind: 'CANCEL' }]],
    ['cancel the limit entries of SOLUSDT', [{ kind: 'CANCEL_ENTRIES' }]],
    ['SL hit', [{ kind: 'STOP_HIT' }]],
    ['#SOL/USDT Targets 1, 2, 3 done ✅', [{ kind: 'TARGET_HIT', target: 3 }]],
    ['New targets for #SOLUSDT: 160 170', [{ kind: 'SET_TARGETS', targets: ['160', '170'] }]],
    ['Переносим стоп в безубыток', [{ kind: 'MOVE_STOP', to: { at: 'ENTRY' } }]],
    ['SOL стоп в бу', [{ kind: 'MOVE_STOP', to: { at: 'ENTRY' } }]],
    [
      'Первый тейк взяли, фиксируем 50%',
      [
        { kind: 'TARGET_HIT', target: 1 },
        { kind: 'REDUCE', percent: '50' },
      ],
    ],
    ['Закрываем #SOLUSDT по рынку', [{ kind: 'CLOSE' }]],
    ['Отмена лимитки SOLUSDT', [{ kind: 'CANCEL_ENTRIES' }]],
    ['Стоп выбило', [{ kind: 'STOP_HIT' }]],
  ])('%j', (text, expected) => {
    expect(changes(text)).toEqual(expected);
  });

  it('a call whose targets are ticked is a report', () => {
    const call = '#SOL/USDT LONG\nEntry: 150 ✅\nTP1: 155\nTP2: 160\nSL: 140';
    expect(kindOf(call)).toBe('signal');
    expect(changes(call.replace('155', '155 ✅'))).toEqual([{ kind: 'TARGET_HIT', target: 1 }]);
  });

  it('belongs to what it answers', () => {
    const replyTo = { text: 'Signal ID #9\n#SOL/USDT LONG\nEntry 150\nTP 160\nSL 140', signalId: 4 };
    expect(readSignalText('close now', { replyTo })).toMatchObject({
      intent: { about: { symbol: 'SOLUSDT', side: 'LONG', ref: '9', signalId: 4 } },
    });
  });

  it('asks how much, and where to', () => {
    expect(codes('SOLUSDT take partial profits')).toEqual(['REDUCE_HOW_MUCH']);
    expect(codes('SOLUSDT close entry 2')).toEqual(['WHICH_ENTRY']);
  });
});

describe('what is neither', () => {
  it.each([
    '',
    'Good morning everybody ☀️',
    '#SOL/USDT / $SOL\nNew #Crypto #Signal Open\nDetails visible for #VIP members 👉 https://example.com/x',
    '🔥 VIP results today: SOL +120%, ADA +45%, join now https://example.com/x',
    'Bitcoin could fall to 60000 before the next move to 70000, in my opinion it is too early to buy or to sell anything here.',
    'BTC analysis: the price is in a range between 60000 and 64000, a long entry could make sense above if the trend goes on, targets are open for now and the stop is for everybody to choose.',
    'Who took the long with us? Congratulations to all members, 20% discount today',
  ])('%j', (text) => {
    expect(kindOf(text)).toBe('noise');
  });
});

describe('the profile of a source', () => {
  it('adds words, supplies what is unsaid, and ignores', () => {
    const profile = {
      keywords: { TARGET: ['moon'] },
      leverage: 3,
      stopPercent: '4',
      ignore: ['demo'],
      tradeType: 'SPOT' as const,
    };
    expect(signal('#A/USDT long entry 10 moon 12', profile)).toMatchObject({
      targets: ['12'],
      leverage: 3,
      tradeType: 'SPOT',
      plan: { 'stop.unit': 'PERCENT', 'stop.value': '4' },
    });
    expect(codes('demo: #A/USDT long entry 10 moon 12', profile)).toEqual(['noise']);
    expect(signal('#ABC long entry 10 tp 12', { targetPercents: ['1'], quote: 'USDC' })).toMatchObject({
      symbol: 'ABCUSDC',
      plan: {},
    });
    expect(signal('BUY A/USDT @ 10', { targetPercents: ['1', '2'] }).plan).toEqual({
      'targets.unit': 'PERCENT',
      'targets.values': ['1', '2'],
    });
  });

  it('asks before it opens, or refuses what has no stop', () => {
    const call = '#A/USDT long entry 10 tp 12';
    expect(codes(call, { withoutStop: 'REFUSE' })).toEqual(['NO_STOP']);
    expect(codes(call, { confirm: 'ALWAYS' })).toEqual(['NEEDS_CONFIRMATION']);
    expect(codes(call, { confirm: 'BELOW_CONFIDENCE', minConfidence: 100 })).toEqual(['NEEDS_CONFIRMATION']);
    expect(codes(call, { confirm: 'BELOW_CONFIDENCE', minConfidence: 20 })).toEqual(['signal']);
  });

  it('knows the markets that there are', () => {
    const knownSymbols = new Set(['SOLUSDT']);
    expect(readSignalText('#ABC/USDT long entry 10 tp 12', { knownSymbols })).toMatchObject({
      reasons: [{ code: 'UNKNOWN_SYMBOL' }],
    });
    expect(readSignalText('close sol', { knownSymbols })).toMatchObject({ intent: { about: { symbol: 'SOLUSDT' } } });
  });
});

describe('whatever it is given', () => {
  const words = fc.constantFrom(
    ...'BTCUSDT #ETH/USDT $SOL LONG short Buy Sell Entry: TP1: SL Stop Targets ✅ 1) 2. 100 0.5 1,057 5% x20 20х close move cancel в бу тейк - – , . ( ) \n \n\n now entry half all hit reached Trailing Configuration: 12- https://x.y @a 1️⃣ ➖'.split(
      ' ',
    ),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(words, { maxLength: 60 }).map((list) => list.join(' ')),
  );

  it('answers, and every span lies in the text', () => {
    fc.assert(
      fc.property(text, (message) => {
        const reading = readSignalText(message);
        const spans = 'spans' in reading ? Object.values(reading.spans).flat() : [];
        for (const [from, to] of spans) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(message.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('opens nothing whose stop or targets lie on the wrong side', () => {
    fc.assert(
      fc.property(text, (message) => {
        const reading = readSignalText(message);
        if (reading.kind !== 'signal' || reading.intent.entry === null) return;
        const { side, entry, stopLoss, targets } = reading.intent;
        const sign = side === 'LONG' ? 1 : -1;
        for (const target of targets) expect(sign * (Number(target) - Number(entry))).toBeGreaterThan(0);
        if (stopLoss !== null) expect(sign * (Number(entry) - Number(stopLoss))).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
