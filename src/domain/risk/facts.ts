/**
 * What a decision rests on: facts that all followers of a signal share, stored once, and a follower's own, stored in a
 * few dozen bytes. Keeps: the gates read nothing else, so a stored decision can be derived again at any time; the order
 * of the fields in `encodeFacts` is part of the rules of a version.
 */
import type { EntryType, Side } from '../instrument/side.js';
import type { MarginMode } from '../margin/cross.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Follower, SignalPlan } from '../sizing/plan-entry.js';
import { smallestExposure } from '../sizing/size-entry.js';
import type { EntrySize } from './entry-size.js';
import { LIMIT_NAMES, limitsOf, NO_LIMITS, type RiskLimits } from './limits.js';
import { NOTHING_OPPOSITE, type OppositeFacts } from './opposite-facts.js';
import { NOTHING_HELD, type RiskState, STATE_FIELDS } from './risk-state.js';
import type { TradingSwitch } from './trading-switch.js';

/** JSON-safe, as it is stored. */
export interface SharedFacts {
  readonly symbol: string;
  readonly side: Side;
  readonly source_id: number;
  readonly confidence: number;
  /** Null where the signal cannot be traded by this plan. */
  readonly entry_type: EntryType | null;
  readonly entry_price: DecimalText | null;
  /** Null where the plan has none. */
  readonly stop_loss: DecimalText | null;
  readonly is_spot: boolean;
  /** Since version 4; isolated before. */
  readonly margin_mode?: MarginMode;
  /** USDT of exposure of the smallest entry, and of margin that the plan may use at most; since version 4. */
  readonly min_exposure?: DecimalText | null;
  readonly max_investment?: DecimalText | null;
  readonly refusal: string | null;
  readonly switches: readonly TradingSwitch[];
  readonly lot_step: DecimalText;
  readonly min_qty: DecimalText;
  readonly min_notional: DecimalText;
  readonly max_leverage: number;
  readonly max_concurrent_trades: number;
  /** Of the plans that have a limit of their own; since version 5. */
  readonly plan_concurrent_trades?: Readonly<Record<string, number>>;
  readonly allowed_tiers: readonly string[];
  readonly require_verified: boolean;
  readonly entry_fee_percent: DecimalText;
  readonly taker_fee_percent: DecimalText;
}

/** How the signal's symbol stands in a follower's lists. */
export const SYMBOL_LISTINGS = ['FREE', 'LISTED', 'NOT_LISTED', 'BLACKLISTED'] as const;
export type SymbolListing = (typeof SYMBOL_LISTINGS)[number];

export interface FollowerFacts {
  readonly isVerified: boolean;
  readonly tier: string;
  readonly accountActive: boolean;
  readonly sourceEnabled: boolean;
  readonly listing: SymbolListing;
  readonly perTradeUsdt: DecimalText;
  readonly leverage: number;
  readonly maxConcurrentTrades: number;
  readonly capitalUsdt: DecimalText;
  readonly balance: DecimalText;
  readonly marginUsed: DecimalText;
  readonly openPositions: number;
  readonly size: EntrySize;
  readonly limits: RiskLimits;
  readonly state: RiskState;
  readonly switches: readonly TradingSwitch[];
  readonly opposite: OppositeFacts;
}

/** Everything one gate may look at. `at` is the time of the decision. */
export interface GateCase {
  readonly shared: SharedFacts;
  readonly follower: FollowerFacts;
  readonly at: Date;
}

export function sharedFactsOf(plan: SignalPlan): SharedFacts {
  const { limits, rules, layout } = plan;
  return {
    symbol: plan.symbol,
    side: plan.side,
    source_id: plan.sourceId,
    confidence: plan.confidence,
    entry_type: layout?.entryType ?? null,
    entry_price: layout?.plannedEntry.toString() ?? null,
    stop_loss: layout?.stopLoss?.toString() ?? null,
    is_spot: plan.isSpot,
    margin_mode: plan.isCross ? 'CROSS' : 'ISOLATED',
    min_exposure: layout === null ? null : smallestExposure(layout, rules, plan.filledAt).toString(),
    max_investment: layout?.maxInvestment?.toString() ?? null,
    refusal: plan.refusal ?? (layout === null ? 'NO_PLAN' : null),
    switches: plan.switches,
    lot_step: rules.lotStep,
    min_qty: rules.minQty,
    min_notional: rules.minNotional,
    max_leverage: leverageCapOf(plan),
    max_concurrent_trades: limits.maxConcurrentTrades,
    plan_concurrent_trades: limits.tradesOfTier,
    allowed_tiers: limits.allowedTiers,
    require_verified: limits.requireVerified,
    entry_fee_percent: limits.entryFeePercent.toString(),
    taker_fee_percent: limits.takerFeePercent.toString(),
  };
}

/** The highest leverage that platform, instrument and plan allow. */
export function leverageCapOf({ isSpot, limits, rules, layout }: SignalPlan): number {
  return isSpot ? 1 : Math.min(limits.maxLeverage, rules.maxLeverage, layout?.leverage ?? rules.maxLeverage);
}

export function followerFactsOf(symbol: string, follower: Follower, size: EntrySize): FollowerFacts {
  return {
    isVerified: follower.isVerified,
    tier: follower.tier,
    accountActive: follower.accountActive,
    sourceEnabled: follower.sourceEnabled,
    listing: listingOf(symbol, follower),
    perTradeUsdt: follower.perTradeUsdt,
    leverage: follower.leverage,
    maxConcurrentTrades: follower.maxConcurrentTrades,
    capitalUsdt: follower.capitalUsdt,
    balance: follower.balance,
    marginUsed: follower.marginUsed,
    openPositions: follower.openPositions,
    size,
    limits: follower.risk === null ? NO_LIMITS : limitsOf(follower.risk),
    state: follower.riskState ?? NOTHING_HELD,
    switches: follower.switches ?? NO_SWITCHES,
    opposite: follower.opposite ?? NOTHING_OPPOSITE,
  };
}

const NO_SWITCHES: readonly TradingSwitch[] = [];

function listingOf(symbol: string, { symbolWhitelist, symbolBlacklist }: Follower): SymbolListing {
  if (symbolBlacklist.includes(symbol)) return 'BLACKLISTED';
  if (symbolWhitelist.length === 0) return 'FREE';
  return symbolWhitelist.includes(symbol) ? 'LISTED' : 'NOT_LISTED';
}

/** A follower's facts as JSON text: an array whose last parts are left out where they say nothing. */
export function encodeFacts(facts: FollowerFacts): string {
  const flags = (facts.isVerified ? 1 : 0) + (facts.accountActive ? 2 : 0) + (facts.sourceEnabled ? 4 : 0);
  const listing = SYMBOL_LISTINGS.indexOf(facts.listing);
  const settings = `"${facts.perTradeUsdt}",${facts.leverage},${facts.maxConcurrentTrades},"${facts.capitalUsdt}"`;
  const account = `"${facts.balance}","${facts.marginUsed}",${facts.openPositions}`;
  const base = `${flags},${JSON.stringify(facts.tier)},${listing},${settings},${account},${sizeText(facts.size)}`;
  const isPlain = facts.limits === NO_LIMITS && facts.switches.length === 0 && facts.opposite === NOTHING_OPPOSITE;
  if (isPlain) return `[${base}]`;
  const limits = JSON.stringify(LIMIT_NAMES.map((name) => (name === 'exposure_groups' ? null : facts.limits[name])));
  const state = JSON.stringify(STATE_FIELDS.map((field) => facts.state[field]));
  const { mode, held, closed } = facts.opposite;
  const last = facts.opposite === NOTHING_OPPOSITE ? '' : `,${JSON.stringify([mode, held, closed])}`;
  return `[${base},${limits},${state},${JSON.stringify(facts.switches)}${last}]`;
}

/** Followers of one size share it, and so its text. */
const sizeTexts = new WeakMap<EntrySize, string>();

function sizeText(size: EntrySize): string {
  let text = sizeTexts.get(size);
  if (text === undefined) {
    const amounts = [size.qty, size.notional, size.margin, size.fee, size.lossAtStop].map(String);
    const liquidation = size.liquidation === null ? [] : [size.liquidation.toString()];
    const last = size.tooSmall === null && size.liquidation === null ? [] : [size.tooSmall, ...liquidation];
    sizeTexts.set(size, (text = JSON.stringify([size.leverage, ...amounts, ...last])));
  }
  return text;
}

type EncodedSize = readonly [
  leverage: number,
  qty: string,
  notional: string,
  margin: string,
  fee: string,
  lossAtStop: string,
  tooSmall?: EntrySize['tooSmall'],
  /** Since version 2. */
  liquidation?: string,
];

type Encoded = readonly [
  flags: number,
  tier: string,
  listing: number,
  perTradeUsdt: string,
  leverage: number,
  maxConcurrentTrades: number,
  capitalUsdt: string,
  balance: string,
  marginUsed: string,
  openPositions: number,
  size: EncodedSize,
  limits?: readonly unknown[],
  state?: readonly (string | number | null)[],
  switches?: readonly TradingSwitch[],
  /** Since version 3. */
  opposite?: readonly [mode: OppositeFacts['mode'], held: number, closed: number],
];

/** The inverse of `encodeFacts`, from parsed JSON. */
export function decodeFacts(stored: unknown): FollowerFacts {
  const [flags, tier, listing, perTradeUsdt, leverage, maxConcurrentTrades, capitalUsdt, ...rest] = stored as Encoded;
  const [balance, marginUsed, openPositions, size, limits, state, switches, opposite] = rest;
  return {
    isVerified: (flags & 1) !== 0,
    accountActive: (flags & 2) !== 0,
    sourceEnabled: (flags & 4) !== 0,
    tier,
    listing: SYMBOL_LISTINGS[listing] ?? 'FREE',
    perTradeUsdt,
    leverage,
    maxConcurrentTrades,
    capitalUsdt,
    balance,
    marginUsed,
    openPositions,
    size: sizeOf(size),
    limits: limits === undefined ? NO_LIMITS : limitsFrom(limits),
    state: state === undefined ? NOTHING_HELD : stateOf(state),
    switches: switches ?? NO_SWITCHES,
    opposite: opposite === undefined ? NOTHING_OPPOSITE : { mode: opposite[0], held: opposite[1], closed: opposite[2] },
  };
}

function sizeOf([leverage, qty, notional, margin, fee, lossAtStop, tooSmall, liquidation]: EncodedSize): EntrySize {
  return {
    leverage,
    qty: Decimal.of(qty),
    notional: Decimal.of(notional),
    margin: Decimal.of(margin),
    fee: Decimal.of(fee),
    lossAtStop: Decimal.of(lossAtStop),
    liquidation: liquidation === undefined ? null : Decimal.of(liquidation),
    tooSmall: tooSmall ?? null,
  };
}

function limitsFrom(values: readonly unknown[]): RiskLimits {
  return Object.fromEntries(LIMIT_NAMES.map((name, index) => [name, values[index] ?? null])) as unknown as RiskLimits;
}

function stateOf(values: readonly (string | number | null)[]): RiskState {
  return Object.fromEntries(STATE_FIELDS.map((field, index) => [field, values[index]])) as unknown as RiskState;
}
