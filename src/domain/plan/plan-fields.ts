/**
 * Everything that a plan can say, as one table: each field's form, range and the platform's default.
 * Keeps: a field exists here or nowhere; parsing, resolution, the API's schema and its documentation read this table.
 * Decimals are plain text; percentages are of the price; times are seconds.
 */
import { SPLIT_MODES, type SplitMode } from '../sizing/ladder.js';
import { MARGIN_MODES, type MarginMode } from '../margin/cross.js';
import { OPPOSITE_ACTIONS, type OppositeAction } from '../position/opposite.js';
import { type StopAction, STOP_ACTIONS } from './position-plan.js';

export const ENTRY_KINDS = ['AUTO', 'MARKET', 'LIMIT', 'LADDER', 'ZONE', 'BREAKOUT', 'CHASE'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export const TARGET_UNITS = ['PRICE', 'PERCENT', 'R'] as const;
export type TargetUnit = (typeof TARGET_UNITS)[number];

export const STOP_UNITS = ['PRICE', 'PERCENT', 'NONE'] as const;
export type StopUnit = (typeof STOP_UNITS)[number];

/** A stop rule as it is written: `{ action, at_target? , at_percent?, percent? }`. */
export interface StopRuleText {
  readonly action: StopAction;
  readonly at_target?: number;
  readonly at_percent?: string;
  readonly percent?: string;
}

/** The value of every field. Null means "not set" where the field allows it. */
export interface PlanValues {
  'entry.kind': EntryKind;
  'entry.prices': readonly string[] | null;
  'entry.shares': readonly string[] | null;
  'entry.zone_orders': number;
  'entry.chase_percent': string;
  'entry.max_deviation_percent': string | null;
  'entry.expires_after': number | null;
  'entry.cancel_at_target': number | null;
  'targets.unit': TargetUnit;
  'targets.values': readonly string[] | null;
  'targets.split': SplitMode;
  'targets.shares': readonly string[] | null;
  'targets.anchor': 'SIGNAL' | 'AVERAGE';
  'targets.trailing_percent': string | null;
  'stop.unit': StopUnit;
  'stop.value': string | null;
  'stop.rules': readonly StopRuleText[];
  'exit.after': number | null;
  'exit.on_opposite_signal': OppositeAction | null;
  'safety.levels': number;
  'safety.step_percent': string;
  'safety.step_multiplier': string;
  'safety.size_multiplier': string;
  'safety.max_investment_usdt': string | null;
  'safety.take_profit_percents': readonly (string | null)[] | null;
  'safety.symbols_off': readonly string[];
  'margin.leverage': number | null;
  'margin.mode': MarginMode;
}

export type PlanField = keyof PlanValues;

interface Described {
  readonly says: string;
}

/** A range of a decimal: `min` included, `above` excluded. */
interface Range {
  readonly min?: string;
  readonly above?: string;
  readonly max: string;
}

export type FieldForm =
  | ({ readonly form: 'choice'; readonly options: readonly string[] } & Described)
  | ({ readonly form: 'integer'; readonly min: number; readonly max: number } & Described)
  | ({ readonly form: 'decimal' } & Range & Described)
  | ({ readonly form: 'decimals'; readonly items: number; readonly isSparse?: boolean } & Range & Described)
  | ({ readonly form: 'symbols'; readonly items: number } & Described)
  | ({ readonly form: 'stop_rules'; readonly items: number } & Described);

const PRICE = { above: '0', max: '1000000000000' } as const;
const PERCENT = { above: '0', max: '99.99' } as const;
const YEAR = 31_536_000;

/** Entries, targets and stop rules at most. */
export const MAX_RUNGS = 10;
export const MAX_STOP_RULES = 8;

export const PLAN_FIELDS: { readonly [F in PlanField]: FieldForm & { readonly fallback: PlanValues[F] } } = {
  'entry.kind': {
    form: 'choice',
    options: ENTRY_KINDS,
    fallback: 'AUTO',
    says: 'AUTO: at market near the price, else a limit order; CHASE: as MARKET up to chase_percent worse, there a limit order',
  },
  'entry.prices': {
    form: 'decimals',
    items: MAX_RUNGS,
    ...PRICE,
    fallback: null,
    says: 'LADDER: its prices; ZONE: both ends; BREAKOUT: the price to break. Without it the entry of the signal',
  },
  'entry.shares': {
    form: 'decimals',
    items: MAX_RUNGS,
    above: '0',
    max: '100',
    fallback: null,
    says: 'Percent of the size at each price, 100 together; evenly without it',
  },
  'entry.zone_orders': {
    form: 'integer',
    min: 2,
    max: MAX_RUNGS,
    fallback: 4,
    says: 'Orders that a zone is split into',
  },
  'entry.chase_percent': {
    form: 'decimal',
    above: '0',
    max: '10',
    fallback: '1',
    says: 'How much worse than the entry a chased entry may become',
  },
  'entry.max_deviation_percent': {
    form: 'decimal',
    above: '0',
    max: '50',
    fallback: null,
    says: 'No entry at market further than this from the entry price, in either direction; a breakout that jumps beyond it is given up',
  },
  'entry.expires_after': {
    form: 'integer',
    min: 1,
    max: YEAR,
    fallback: null,
    says: 'Seconds until entries that have not filled are given up',
  },
  'entry.cancel_at_target': {
    form: 'integer',
    min: 1,
    max: MAX_RUNGS,
    fallback: null,
    says: 'Entries are given up when this target is seen before anything filled',
  },
  'targets.unit': {
    form: 'choice',
    options: TARGET_UNITS,
    fallback: 'PRICE',
    says: 'Of targets.values: prices, percent from the entry, or multiples of the distance to the stop',
  },
  'targets.values': {
    form: 'decimals',
    items: MAX_RUNGS,
    ...PRICE,
    fallback: null,
    says: 'Targets, nearest first; without them those of the signal',
  },
  'targets.split': { form: 'choice', options: SPLIT_MODES, fallback: 'EVEN', says: 'How targets share the quantity' },
  'targets.shares': {
    form: 'decimals',
    items: MAX_RUNGS,
    min: '0',
    max: '100',
    fallback: null,
    says: 'For SHARES: percent of the quantity at each target, 100 together',
  },
  'targets.anchor': {
    form: 'choice',
    options: ['SIGNAL', 'AVERAGE'],
    fallback: 'SIGNAL',
    says: 'AVERAGE: targets keep their percent distance from the average entry when safety orders fill',
  },
  'targets.trailing_percent': {
    form: 'decimal',
    ...PERCENT,
    fallback: null,
    says: 'The last target does not close the rest but trails it this far behind the best price',
  },
  'stop.unit': {
    form: 'choice',
    options: STOP_UNITS,
    fallback: 'PRICE',
    says: 'Of stop.value: a price or percent from the entry. NONE: no stop, on purpose',
  },
  'stop.value': { form: 'decimal', ...PRICE, fallback: null, says: 'The stop; without it that of the signal' },
  'stop.rules': {
    form: 'stop_rules',
    items: MAX_STOP_RULES,
    fallback: [],
    says: `How the stop moves: ${STOP_ACTIONS.join(', ')}, at a target or at a percent in profit`,
  },
  'exit.after': {
    form: 'integer',
    min: 1,
    max: YEAR,
    fallback: null,
    says: 'Seconds after the first fill at which what is held is closed',
  },
  'exit.on_opposite_signal': {
    form: 'choice',
    options: OPPOSITE_ACTIONS,
    fallback: null,
    says: 'What a signal on the other side does to the trade: IGNORE it, CLOSE it, REVERSE (close it and enter the other side). Without it REVERSE in one-way mode, IGNORE in hedge mode',
  },
  'safety.levels': { form: 'integer', min: 0, max: MAX_RUNGS, fallback: 0, says: 'Safety orders (DCA); 0 for none' },
  'safety.step_percent': {
    form: 'decimal',
    above: '0',
    max: '50',
    fallback: '2',
    says: 'Distance of the first safety order from the entry',
  },
  'safety.step_multiplier': {
    form: 'decimal',
    min: '0.1',
    max: '10',
    fallback: '1',
    says: 'Each further distance is the one before times this',
  },
  'safety.size_multiplier': {
    form: 'decimal',
    min: '0.1',
    max: '10',
    fallback: '1',
    says: 'Size of the first safety order in entries; each further one is the one before times this',
  },
  'safety.max_investment_usdt': {
    form: 'decimal',
    above: '0',
    max: '1000000000',
    fallback: null,
    says: 'Margin that entries and safety orders may use together; further safety orders are left out',
  },
  'safety.take_profit_percents': {
    form: 'decimals',
    items: MAX_RUNGS,
    isSparse: true,
    ...PERCENT,
    fallback: null,
    says: 'Own take-profit of each safety order: once it filled, all is closed this far above the average; null leaves it as it was',
  },
  'safety.symbols_off': { form: 'symbols', items: 500, fallback: [], says: 'Symbols without safety orders' },
  'margin.leverage': {
    form: 'integer',
    min: 1,
    max: 125,
    fallback: null,
    says: 'Highest leverage; the lowest of signal, source, user, platform and bracket counts',
  },
  'margin.mode': {
    form: 'choice',
    options: MARGIN_MODES,
    fallback: 'ISOLATED',
    says: 'CROSS: all that the account has beside isolated trades stands for the trade; only for users who allow it',
  },
};

export const PLAN_FIELD_NAMES = Object.keys(PLAN_FIELDS) as PlanField[];
