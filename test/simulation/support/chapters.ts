/**
 * The chapters of the story: what is done in each, where the market goes, and how its effect is known.
 * Keeps: prices are fixed and every chapter has one end for every follower, whatever died on the way to it.
 */
/** Who tells a chapter, and knows what has come of it. Signals go by the names that the chapters give them. */
export interface Teller {
  post(name: string, signal: object): Promise<void>;
  cancel(name: string): Promise<void>;
  charge(): Promise<void>;
  settleFunding(): Promise<void>;
  closeByHand(name: string): Promise<void>;
  closedByHand(name: string): Promise<boolean>;
  flatten(): Promise<void>;
  clearSwitch(): Promise<void>;
  until(isTrue: () => Promise<boolean>): Promise<void>;
  all(name: string, status: string): Promise<boolean>;
  where(name: string, condition: string): Promise<boolean>;
  none(names: readonly string[]): Promise<boolean>;
  stands(price: string): Promise<boolean>;
  signalsEnded(): Promise<boolean>;
}

export interface Chapter {
  readonly name: string;
  /** Where the market stands when the chapter begins. */
  readonly price: string;
  /** Where the market goes in this chapter, if it does. */
  readonly move?: string;
  readonly act?: (story: Teller) => Promise<void>;
  /** True when the chapter's effect is there. */
  readonly isOver: (story: Teller) => Promise<boolean>;
}

const LONG = { side: 'LONG', entry: 100, tp: [110, 130], sl: 92 };

/** Two entries, a safety order, break-even after the first target and a trailing stop after the second. */
const PLANNED = {
  side: 'LONG',
  entry: 112,
  tp: [120, 125, 140],
  sl: 100,
  plan: {
    entry: { kind: 'LADDER', prices: ['112', '110', '102'] },
    stop: {
      rules: [
        { action: 'BREAKEVEN', at_target: 1 },
        { action: 'BELOW_HIGHEST', at_target: 2, percent: '1' },
      ],
    },
    safety: { levels: 1, step_percent: '3' },
  },
};

/** Adding a chapter is adding an entry. */
export const CHAPTERS: readonly Chapter[] = [
  {
    name: 'market entry',
    price: '100',
    act: (story) => story.post('a', LONG),
    isOver: (story) => story.all('a', `'OPEN'`),
  },
  {
    name: 'limit entry',
    price: '103',
    act: (story) => story.post('b', LONG),
    isOver: (story) => story.all('b', `'PENDING'`),
  },
  { name: 'fill', price: '103', move: '99.5', isOver: (story) => story.all('b', `'OPEN'`) },
  {
    name: 'funding',
    price: '103',
    act: (story) => story.charge(),
    isOver: async (story) => (await story.where('a', 'funding < 0')) && story.where('b', 'funding < 0'),
  },
  {
    name: 'target',
    price: '108',
    move: '110.5',
    isOver: async (story) => (await story.all('a', `'PARTIAL'`)) && story.all('b', `'PARTIAL'`),
  },
  {
    name: 'close by hand',
    price: '108',
    act: (story) => story.closeByHand('a'),
    isOver: (story) => story.closedByHand('a'),
  },
  {
    name: 'reversal',
    price: '108',
    act: (story) => story.post('c', { side: 'SHORT', entry: 108, tp: [98], sl: 118 }),
    isOver: async (story) => (await story.none(['a', 'b'])) && story.all('c', `'OPEN'`),
  },
  { name: 'stop', price: '112', move: '118.1', isOver: (story) => story.all('c', `'STOPPED'`) },
  {
    name: 'cancel',
    price: '112',
    act: async (story) => {
      await story.post('d', { side: 'LONG', entry: 112, tp: [140], sl: 103 });
      await story.until(() => story.all('d', `'OPEN'`));
      await story.cancel('d');
    },
    isOver: (story) => story.all('d', `'CANCELLED'`),
  },
  {
    name: 'ladder',
    price: '112',
    act: (story) => story.post('e', PLANNED),
    isOver: (story) => story.all('e', `'OPEN'`),
  },
  {
    name: 'second entry and safety order',
    price: '112',
    move: '104.5',
    isOver: (story) => story.where('e', 'cardinality(array_positions(leg_filled, 0::numeric)) = 1'),
  },
  { name: 'break-even', price: '115', move: '120.5', isOver: (story) => story.where('e', 'stop_loss > 105') },
  { name: 'trail', price: '123', move: '125.5', isOver: (story) => story.where('e', 'trail_percent IS NOT NULL') },
  { name: 'trailing stop', price: '125', move: '123', isOver: (story) => story.all('e', `'STOPPED'`) },
  {
    name: 'entry that will be liquidated',
    price: '123',
    act: (story) => story.post('i', { ...LONG, entry: 123, tp: [150], sl: 113 }),
    isOver: (story) => story.all('i', `'OPEN'`),
  },
  {
    name: 'liquidation',
    price: '123',
    move: '104',
    isOver: (story) => story.where('i', `close_reason = 'LIQUIDATION'`),
  },
  // What is posted next is judged by the price that the platform knows.
  { name: 'return of the market', price: '123', isOver: (story) => story.stands('123') },
  {
    name: 'timed exit',
    price: '123',
    act: (story) => story.post('f', { ...LONG, entry: 123, tp: [150], sl: 113, plan: { exit: { after: 1 } } }),
    isOver: (story) => story.where('f', `close_reason = 'TIME'`),
  },
  {
    name: 'expiry',
    price: '123',
    act: (story) =>
      story.post('g', {
        ...LONG,
        entry: 110,
        tp: [130, 150],
        sl: 101,
        plan: { entry: { kind: 'LIMIT', expires_after: 1 } },
      }),
    isOver: (story) => story.where('g', `close_reason = 'EXPIRED'`),
  },
  {
    name: 'kill switch',
    price: '123',
    act: async (story) => {
      await story.post('h', { ...LONG, entry: 123, tp: [150], sl: 113 });
      await story.until(() => story.all('h', `'OPEN'`));
      await story.flatten();
    },
    isOver: (story) => story.where('h', `close_reason = 'FLATTEN'`),
  },
  {
    name: 'end',
    price: '123',
    act: async (story) => {
      await story.clearSwitch();
      await story.settleFunding();
      for (const name of ['a', 'b', 'e', 'f', 'g', 'h']) await story.cancel(name);
    },
    isOver: (story) => story.signalsEnded(),
  },
];
