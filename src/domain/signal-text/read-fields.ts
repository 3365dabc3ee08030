/**
 * Walks over the tokens of a message once and files every number under the label that it belongs to.
 * Keeps: a state machine of one label at a time with bounded look-ahead; a number that belongs to nothing is LOOSE, never
 * an entry, a target or a stop.
 */
import { Decimal } from '../money/decimal.js';
import {
  isAcross,
  isCompound,
  isCounted,
  isLeverage,
  isLeverageLine,
  isNumberNext,
  isPlainLine,
  isRangeTo,
  isRatio,
  isStatistic,
  isTicked,
  isWithdrawn,
} from './around.js';
import { type Bucket, type Fields, noFields, type PriceRead } from './fields.js';
import type { Key } from './keys.js';
import { ordinalOf } from './ordinals.js';
import type { Token } from './token.js';
import { readTrailing } from './trailing.js';

const LABELS: Partial<Record<Key, Bucket>> = {
  ENTRY: 'ENTRY',
  AVERAGING: 'AVERAGING',
  TARGET: 'TARGET',
  STOP: 'STOP',
};

const SIDES = { LONG: 'SIDE', SHORT: 'SIDE', BUY: 'BUY', SELL: 'SELL' } as const;

/** Labels whose number is none of the prices. */
const ASIDES = new Set<Key>([
  'RISK',
  'AMOUNT',
  'RATIO',
  'CONFIDENCE',
  'TIMEFRAME',
  'DURATION',
  'PROFIT',
  'LOSS',
  'SIGNAL_ID',
  'EXCHANGE',
  'QUOTED',
]);

const PRICED = new Set<Bucket>(['ENTRY', 'AVERAGING', 'TARGET', 'STOP', 'BUY', 'SELL', 'SIDE', 'NOW']);

/** `#a7` */
export const SHORT_ID = /^[a-z]\d{1,4}$/;

const MAX_LEVERAGE = 1_000;

/** Numbers of one message that are looked at. */
const MOST_PRICES = 100;

/** Words that mean nothing between a label and its price. */
const MOST_STRANGE = 3;

export function readFields(tokens: readonly Token[]): Fields {
  return new FieldReader(tokens).run();
}

class FieldReader {
  readonly #fields = noFields();
  #label: Bucket | 'LEVERAGE' | null = null;
  #aside: Key | null = null;
  /** Prices under the label since it stood there. */
  #count = 0;
  /** How often each label stood in the text. */
  readonly #times = new Map<Bucket, number>();
  #nth: number | null = null;
  /** A percentage that stands before its price: `Entry 1 (30%): 0.5`. */
  #percentAhead: Pick<PriceRead, 'percent' | 'isPercentAside'> | null = null;
  #depth = 0;
  #index = 0;
  #edge: 'ABOVE' | 'BELOW' | null = null;
  /** What follows belongs to another trade. */
  #isOver = false;
  /** Words that mean nothing since the label. */
  #strange = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  run(): Fields {
    const { tokens } = this;
    for (this.#index = 0; this.#index < tokens.length; this.#index += 1) {
      const token = tokens[this.#index] as Token;
      if (token.kind === 'break') this.#break();
      else if (token.kind === 'key') this.#key(token);
      else if (token.kind === 'number') this.#number(token);
      else if (token.kind === 'mark') this.#mark(token);
      else if (token.kind === 'word') this.#word(token);
    }
    return this.#fields;
  }

  #mark({ text, nth }: Token): void {
    if (text === '(' || text === '[') this.#depth += 1;
    else if (text === ')' || text === ']') this.#depth = Math.max(0, this.#depth - 1);
    else if (nth !== null) this.#nth = nth;
    else if (text === '@' && this.#label === null) this.#start('NOW');
  }

  #word({ text, latin, tag }: Token): void {
    this.#strange += 1;
    if (this.#aside === 'EXCHANGE' && /^[a-z]{3,12}$/.test(text)) this.#fields.exchanges.push(latin);
    if (this.#aside === 'TIMEFRAME' && this.#fields.timeframe === null) this.#fields.timeframe = latin.toUpperCase();
    const isId = (this.#aside === 'SIGNAL_ID' && /\d/.test(text)) || (tag === '#' && SHORT_ID.test(latin));
    if (isId) this.#fields.ref ??= text;
  }

  #break(): void {
    this.#depth = 0;
    this.#aside = null;
    this.#percentAhead = null;
    if (this.#label === null) return;
    if (!this.#goesOn()) this.#label = null;
  }

  /** Whether the next line that is not empty goes on with the label: with a number, or an item of a list. */
  #goesOn(): boolean {
    if (this.#label === 'STOP' && this.#count > 0) return false;
    const end = Math.min(this.tokens.length, this.#index + 40);
    for (let index = this.#index + 1, looked = 0; index < end && looked < 12; index += 1) {
      const { kind, key, text } = this.tokens[index] as Token;
      if (kind === 'number') return true;
      if (kind === 'key' && this.#count === 0) return key === 'MARKET' || key === 'LIMIT' || key === 'ZONE';
      if (kind === 'key' || kind === 'word' || kind === 'link') return false;
      if (kind === 'mark' && (text === '(' || text === '[')) return false;
      if (kind !== 'break') looked += 1;
    }
    return false;
  }

  #start(label: Bucket): void {
    this.#label = label;
    this.#count = 0;
    this.#aside = null;
    this.#percentAhead = null;
    this.#edge = null;
    this.#strange = 0;
    this.#times.set(label, (this.#times.get(label) ?? 0) + 1);
  }

  #key(token: Token): void {
    const { key, nth } = token;
    if (nth !== null) this.#nth = nth;
    if (key === null) return;
    const label = LABELS[key];
    if (this.#isOver) return;
    if (label !== undefined) return this.#startLabel(label, key);
    if (key === 'LONG' || key === 'SHORT' || key === 'BUY' || key === 'SELL') return this.#side(token, key);
    if (key === 'LEVERAGE') return void ((this.#label = 'LEVERAGE'), (this.#aside = null), (this.#count = 0));
    if (key === 'CROSS' || key === 'ISOLATED') return void (this.#fields.marginMode ??= key);
    if (key === 'TRAILING') {
      this.#index = readTrailing(this.tokens, this.#index, this.#fields);
      this.#label = null;
      return;
    }
    if (key === 'LOSS' && this.tokens[this.#index - 1]?.key === 'STOP') return;
    if (ASIDES.has(key)) return void (this.#aside = key);
    this.#manner(key);
  }

  #startLabel(label: Bucket, key: Key): void {
    if (key === 'ENTRY' || key === 'TARGET' || key === 'STOP') this.#fields.labels.add(key);
    // "average entry", "stop entry": the word before is the label.
    if (label === 'ENTRY' && isWithdrawn(this.tokens, this.#index)) return void (this.#label = null);
    const isSame = this.#count === 0 && this.#label === label && this.tokens[this.#index - 1]?.kind !== 'break';
    if (isSame && this.#nth === null) return;
    const nth = this.#nth;
    this.#start(label);
    this.#nth = nth;
  }

  #side(token: Token, key: 'LONG' | 'SHORT' | 'BUY' | 'SELL'): void {
    if (isStatistic(this.tokens, this.#index)) return;
    const side = key === 'LONG' || key === 'BUY' ? 'LONG' : 'SHORT';
    const isOrder = key === 'BUY' || key === 'SELL';
    const span = [token.from, token.to] as const;
    this.#fields.sides.push({ side, isOrder, isPlain: isPlainLine(this.tokens, this.#index), span, at: this.#index });
    const isPending = this.#label !== null && this.#label !== 'SIDE' && this.#count === 0;
    if (isPending && this.#label !== 'LEVERAGE') return;
    this.#start(SIDES[key]);
  }

  /** Words that say how an entry is meant. */
  #manner(key: Key): void {
    const fields = this.#fields;
    const isPending = this.#label !== null && this.#count === 0;
    switch (key) {
      case 'MARKET':
        if (this.#label !== null && this.#label !== 'TARGET' && this.#label !== 'STOP') fields.isMarket = true;
        if (!isPending && isNumberNext(this.tokens, this.#index)) this.#start('NOW');
        return;
      case 'LIMIT':
        fields.isLimit = true;
        if (this.#label !== 'TARGET' && this.#label !== 'STOP') {
          fields.labels.add('ENTRY');
          this.#start('ENTRY');
        } else if (!isPending) this.#start('ENTRY');
        return;
      case 'ZONE':
        if (this.#label !== 'TARGET' && this.#label !== 'STOP') fields.isZone = true;
        return;
      case 'ABOVE':
      case 'BELOW':
        this.#edge = key;
        return;
      case 'BREAKOUT':
        fields.breakout ??= 'ABOVE';
        return;
      case 'SPOT':
        if (fields.prices.length === 0) fields.isSpot = true;
        // "Spot: target …" behind the targets is another trade.
        else if (this.#label === null) this.#isOver = true;
        return;
      default:
        return;
    }
  }

  #number(token: Token): void {
    const { unit, tag, text } = token;
    if (tag === '#' && /^\d{3,12}$/.test(text)) return void (this.#fields.ref ??= text);
    const span = [token.from, token.to] as const;
    const isPriced = this.#label === 'TARGET' || this.#label === 'ENTRY';
    if (isLeverage(this.tokens, this.#index) || isRangeTo(this.tokens, this.#index, 'X', isPriced)) {
      return this.#leverage(token);
    }
    if (unit === 'NTH') return void (this.#nth = whole(token, 20));
    if (unit === 'TIME' && this.#aside === 'TIMEFRAME') this.#fields.timeframe ??= textOf(token);
    if (unit === '%' || isRangeTo(this.tokens, this.#index, '%', isPriced)) return this.#percent(token);
    if (unit !== null) return;
    if (this.#aside !== null) return this.#asideNumber(token);
    if (this.#label === 'LEVERAGE') return this.#leverage(token);
    const bucket = this.#label;
    const ordinal = ordinalOf(
      this.tokens,
      this.#index,
      bucket,
      bucket === null ? 0 : (this.#times.get(bucket) ?? 0),
      this.#count,
    );
    if (ordinal !== null) {
      this.#nth = ordinal;
      if (bucket === 'TARGET') this.#fields.namedTargets.push({ nth: ordinal, at: this.#index });
      return;
    }
    if (this.#isNoPrice()) return;
    const isNear = this.#count > 0 || this.#strange <= MOST_STRANGE;
    this.#price(token, bucket !== null && PRICED.has(bucket) && isNear ? bucket : 'LOOSE', span);
  }

  #price(token: Token, bucket: Bucket, span: readonly [number, number]): void {
    if (this.#fields.prices.length >= MOST_PRICES) return void (this.#fields.isOverfull = true);
    const before = this.#fields.prices.at(-1);
    const isRangeEnd = before?.bucket === bucket && this.#count > 0 && isAcross(this.tokens, before.at, this.#index);
    const isEntry = bucket === 'ENTRY' || bucket === 'SIDE' || bucket === 'BUY' || bucket === 'SELL';
    if (isEntry && this.#edge !== null) this.#fields.breakout ??= this.#edge;
    const ahead = this.#percentAhead ?? { percent: null, isPercentAside: false };
    this.#fields.prices.push({
      bucket,
      value: token.value,
      other: token.other,
      span,
      at: this.#index,
      nth: this.#nth,
      ...ahead,
      isHit: isTicked(this.tokens, this.#index),
      isRangeEnd,
    });
    this.#percentAhead = null;
    this.#nth = null;
    this.#edge = null;
    if (bucket !== 'LOOSE') this.#count += 1;
  }

  #leverage(token: Token): void {
    const value = whole(token, MAX_LEVERAGE);
    const isPriceLike = token.unit === 'X' && token.value?.includes('.') === true && value === null;
    if (isPriceLike || value === null || value === 0 || !this.#isAboutLeverage()) return;
    if (this.#fields.leverage.length < MOST_PRICES) this.#fields.leverage.push({ value, span: [token.from, token.to] });
  }

  #isAboutLeverage(): boolean {
    if (this.#label === 'LEVERAGE') return true;
    if (this.#aside === 'PROFIT' || this.#aside === 'LOSS' || this.#label === 'TARGET') return false;
    return isLeverageLine(this.tokens, this.#index);
  }

  /** A count, a ratio, or a remark in brackets behind a price. */
  #isNoPrice(): boolean {
    const { tokens } = this;
    const index = this.#index;
    const isFree = this.#depth > 0 || this.#label === null || this.#count > 0;
    if (isCompound(tokens, index) || isCounted(tokens, index, isFree) || isRatio(tokens, index)) return true;
    return this.#depth > 0 && this.#count > 0;
  }

  #percent(token: Token): void {
    const value = token.value;
    if (value === null) return;
    const fields = this.#fields;
    if (this.#aside === 'RISK') fields.riskPercent ??= value;
    else if (this.#aside === 'AMOUNT') fields.amountPercent ??= value;
    else if (this.#aside === 'CONFIDENCE') fields.confidence ??= whole(token, 100);
    if (this.#aside !== null) return this.#endAside();
    const { span } = { span: [token.from, token.to] as const };
    const last = fields.prices.at(-1);
    const isBehind = this.#count > 0 && last !== undefined && last.bucket === this.#label;
    if (isBehind && last.percent === null) {
      last.percent = value;
      last.isPercentAside = this.#depth > 0;
      if (!last.isHit) last.isHit = isTicked(this.tokens, this.#index);
    } else if (this.#label === 'STOP' && this.#count === 0 && this.#depth === 0) {
      fields.stopPercents.push({ value, span });
    } else if ((this.#label === 'ENTRY' || this.#label === 'TARGET') && this.#count === 0) {
      if (this.#depth > 0) this.#percentAhead = { percent: value, isPercentAside: true };
      else if (this.#label === 'TARGET' && Decimal.of(value).lt(Decimal.HUNDRED))
        fields.targetPercents.push({ value, span });
    }
  }

  /** The label before goes on. */
  #endAside(): void {
    if (this.#aside === 'RISK' || this.#aside === 'AMOUNT') this.#aside = null;
  }

  #asideNumber(token: Token): void {
    const fields = this.#fields;
    if (this.#aside === 'RISK') {
      if (token.value !== null && Decimal.of(token.value).lte(Decimal.HUNDRED)) fields.riskPercent ??= token.value;
      return this.#endAside();
    }
    // "use below 0.5" under a stop: only a percentage is an amount.
    if (this.#aside === 'AMOUNT') {
      this.#aside = null;
      if (this.#label !== null) this.#number(token);
      return;
    }
    if (this.#aside === 'SIGNAL_ID') fields.ref ??= textOf(token);
    if (this.#aside === 'CONFIDENCE') fields.confidence ??= whole(token, 100);
    if (this.#aside === 'TIMEFRAME') fields.timeframe ??= textOf(token);
  }
}

function whole({ value }: Token, max: number): number | null {
  const text = value?.endsWith('.0') === true ? value.slice(0, -2) : value;
  if (text === null || !/^\d{1,4}$/.test(text)) return null;
  const number = Number(text);
  return number <= max ? number : null;
}

const textOf = (token: Token): string => (token.text === '' ? `${token.value ?? ''}` : token.text);
