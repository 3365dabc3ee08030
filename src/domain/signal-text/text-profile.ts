/**
 * How one source writes: words of its own, what it leaves unsaid, what is to be ignored, and how far it is trusted.
 * Keeps: pure data, checked by field and rule; an empty profile is the common one.
 */
import type { Side } from '../instrument/side.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import { KEYS, type Key } from './keys.js';

export const CONFIRMATIONS = ['NEVER', 'BELOW_CONFIDENCE', 'ALWAYS'] as const;
export const WITHOUT_STOP = ['LEAVE', 'REFUSE'] as const;

export interface TextProfile {
  /** Phrases of the source, by what they mean. */
  readonly keywords: Readonly<Partial<Record<Key, readonly string[]>>>;
  readonly quote: string;
  readonly side: Side | null;
  readonly leverage: number | null;
  readonly tradeType: 'FUTURES' | 'SPOT' | null;
  /** Distance of the stop from the entry where none is said. */
  readonly stopPercent: DecimalText | null;
  /** Distances of the targets from the entry where none are said. */
  readonly targetPercents: readonly DecimalText[] | null;
  /** Texts with one of these are noise. */
  readonly ignore: readonly string[];
  /** A text without a stop, where `stopPercent` says none either: left to whoever carries it out, or refused. */
  readonly withoutStop: (typeof WITHOUT_STOP)[number];
  /** What is opened only after somebody has looked at it. */
  readonly confirm: (typeof CONFIRMATIONS)[number];
  /** 0 to 100, for `BELOW_CONFIDENCE`. */
  readonly minConfidence: number;
}

export const COMMON_PROFILE: TextProfile = {
  keywords: {},
  quote: 'USDT',
  side: null,
  leverage: null,
  tradeType: null,
  stopPercent: null,
  targetPercents: null,
  ignore: [],
  withoutStop: 'LEAVE',
  confirm: 'NEVER',
  minConfidence: 60,
};

export interface ProfileProblem {
  readonly field: string;
  readonly rule: string;
}

const MOST_PHRASES = 50;
const PHRASE = /^[^\p{Cc}*|]{1,60}$/u;
const MOST_PERCENTS = 10;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NAMES = ['keywords', 'defaults', 'ignore', 'without_stop', 'confirm', 'min_confidence'];
const DEFAULTS = ['quote', 'side', 'leverage', 'trade_type', 'stop_percent', 'target_percents'];

/** `input` is `{ keywords: { ENTRY: ["in at"] }, defaults: { leverage: 5 }, ignore: [...], without_stop, confirm, min_confidence }`. */
export function parseTextProfile(input: unknown, at = 'text'): { profile: TextProfile; problems: ProfileProblem[] } {
  const problems: ProfileProblem[] = [];
  const bad = (field: string, rule: string): void => void problems.push({ field: `${at}.${field}`, rule });
  if (!isObject(input)) return { profile: COMMON_PROFILE, problems: [{ field: at, rule: 'must be an object' }] };
  for (const name of Object.keys(input)) if (!NAMES.includes(name)) bad(name, 'is not a field of a text profile');
  const profile: TextProfile = {
    ...COMMON_PROFILE,
    ...defaultsOf(input.defaults, bad),
    keywords: keywordsOf(input.keywords, bad),
    ignore: phrasesOf(input.ignore, 'ignore', bad),
    withoutStop: choice(input.without_stop, WITHOUT_STOP, 'without_stop', bad) ?? COMMON_PROFILE.withoutStop,
    confirm: choice(input.confirm, CONFIRMATIONS, 'confirm', bad) ?? COMMON_PROFILE.confirm,
    minConfidence: integer(input.min_confidence, 0, 100, 'min_confidence', bad) ?? COMMON_PROFILE.minConfidence,
  };
  return { profile, problems };
}

type Bad = (field: string, rule: string) => void;

function defaultsOf(input: unknown, bad: Bad): Partial<TextProfile> {
  if (input === undefined) return {};
  if (!isObject(input)) {
    bad('defaults', 'must be an object');
    return {};
  }
  for (const name of Object.keys(input)) {
    if (!DEFAULTS.includes(name)) bad(`defaults.${name}`, `is not one of ${DEFAULTS.join(', ')}`);
  }
  const { quote } = input;
  const isQuote = quote === undefined || (typeof quote === 'string' && /^[A-Z]{3,5}$/.test(quote));
  if (!isQuote) bad('defaults.quote', 'must be an asset in capitals, such as USDT');
  return {
    quote: isQuote && quote !== undefined ? quote : COMMON_PROFILE.quote,
    side: choice(input.side, ['LONG', 'SHORT'] as const, 'defaults.side', bad),
    leverage: integer(input.leverage, 1, 125, 'defaults.leverage', bad),
    tradeType: choice(input.trade_type, ['FUTURES', 'SPOT'] as const, 'defaults.trade_type', bad),
    stopPercent: percent(input.stop_percent, 'defaults.stop_percent', bad),
    targetPercents: percents(input.target_percents, bad),
  };
}

function keywordsOf(input: unknown, bad: Bad): TextProfile['keywords'] {
  if (input === undefined) return {};
  if (!isObject(input)) {
    bad('keywords', 'must be an object');
    return {};
  }
  const keywords: Partial<Record<Key, readonly string[]>> = {};
  for (const [name, phrases] of Object.entries(input)) {
    if (Object.hasOwn(KEYS, name)) keywords[name as Key] = phrasesOf(phrases, `keywords.${name}`, bad);
    else bad(`keywords.${name}`, `must be one of ${Object.keys(KEYS).join(', ')}`);
  }
  return keywords;
}

function phrasesOf(input: unknown, field: string, bad: Bad): readonly string[] {
  if (input === undefined) return [];
  const isList = Array.isArray(input) && input.length <= MOST_PHRASES;
  if (!isList || !input.every((item) => typeof item === 'string' && PHRASE.test(item) && item.trim() !== '')) {
    bad(field, `must be a list of at most ${MOST_PHRASES} phrases of 1 to 60 characters without * and |`);
    return [];
  }
  return (input as string[]).map((item) => item.trim().toLowerCase());
}

function choice<T extends string>(input: unknown, options: readonly T[], field: string, bad: Bad): T | null {
  if (input === undefined || input === null) return null;
  const found = options.find((option) => option === input);
  if (found === undefined) bad(field, `must be one of ${options.join(', ')}`);
  return found ?? null;
}

function integer(input: unknown, min: number, max: number, field: string, bad: Bad): number | null {
  if (input === undefined || input === null) return null;
  if (Number.isInteger(input) && (input as number) >= min && (input as number) <= max) return input as number;
  bad(field, `must be a whole number from ${min} to ${max}`);
  return null;
}

function percent(input: unknown, field: string, bad: Bad): DecimalText | null {
  if (input === undefined || input === null) return null;
  const text = typeof input === 'number' ? String(input) : input;
  if (typeof text === 'string' && /^\d{1,2}(\.\d{1,6})?$/.test(text) && Decimal.of(text).isPositive) {
    return Decimal.of(text).toString();
  }
  bad(field, 'must be a percentage above 0 and below 100');
  return null;
}

function percents(input: unknown, bad: Bad): readonly DecimalText[] | null {
  if (input === undefined || input === null) return null;
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_PERCENTS) {
    bad('defaults.target_percents', `must be a list of 1 to ${MOST_PERCENTS} percentages`);
    return null;
  }
  const list = input.map((item) => percent(item, 'defaults.target_percents', bad));
  return list.every((item) => item !== null) ? list : null;
}
