/**
 * Decides what kind of message it is, from how much of a trade it says and what it tells of one.
 * Keeps: a message with targets marked as reached, or that tells of results, is never a call; prose is neither.
 */
import type { Change } from '../intent/intent.js';
import type { ChangesRead } from './changes.js';
import type { Fields } from './fields.js';
import type { Call } from './resolve.js';
import type { SymbolRead } from './symbols.js';
import type { Token } from './token.js';

export interface Structure {
  readonly is: 'SIGNAL' | 'UPDATE' | 'EITHER' | 'ADVERT' | 'NOTHING';
  /** With what the prices tell: targets that are ticked, new targets and a new stop. */
  readonly changes: readonly Change[];
  /** How many of entry, targets and stop are said. */
  readonly parts: number;
}

/** Words without meaning in a line with a price that is not prose. */
const PROSE = 7;
/** In a message that says pair, side and one price, and no more. */
const TERSE = 8;

const TOLD = new Set<Change['kind']>(['TARGET_HIT', 'ALL_TARGETS_HIT', 'STOP_HIT', 'ENTRY_HIT']);

export function structureOf(
  tokens: readonly Token[],
  fields: Fields,
  call: Call,
  symbols: readonly SymbolRead[],
  read: ChangesRead,
): Structure {
  const parts = [
    call.entries.length > 0,
    call.targets.length > 0 || fields.targetPercents.length > 0,
    call.stop !== null || fields.stopPercents.length > 0,
  ].filter(Boolean).length;
  if (fields.isOverfull) return { is: 'NOTHING', changes: [], parts };
  const hit = hitOf(fields, call);
  const told: Change[] = read.changes.map(({ change }) => change);
  const adverts = tokens.filter(({ key, kind }) => key === 'ADVERT' || kind === 'link').length;
  const facts = { tokens, fields, call, symbols, read, parts, adverts };
  if (hit !== null && parts >= 2) return { is: 'UPDATE', changes: merged(told.filter(isTold), hit), parts };
  if (isCall(facts)) {
    if (told.some(isTold) && !isSpoken(facts)) return { is: 'UPDATE', changes: told, parts };
    return { is: isCorrection(tokens, fields) ? 'EITHER' : 'SIGNAL', changes: told, parts };
  }
  const details = detailsOf(facts);
  const isLost = parts === 1 && call.stop !== null && tokens.some(({ key }) => key === 'LOSS');
  const isTelling = told.every(({ kind }) => kind === 'TELL' || kind === 'MOVE_STOP');
  if (isLost && isTelling) return { is: 'UPDATE', changes: [{ kind: 'STOP_HIT' }], parts };
  const isLabelled = told.length < details.length && told.every(({ kind }) => kind === 'MOVE_STOP');
  const changes = isLabelled ? details : merged(told, hit);
  if (isAdvert(facts)) return { is: 'ADVERT', changes, parts };
  if (changes.length > 0 || read.refusals.length > 0) return { is: 'UPDATE', changes, parts };
  return { is: 'NOTHING', changes, parts };
}

interface Facts {
  readonly tokens: readonly Token[];
  readonly fields: Fields;
  readonly call: Call;
  readonly symbols: readonly SymbolRead[];
  readonly read: ChangesRead;
  readonly parts: number;
  readonly adverts: number;
}

const isTold = ({ kind }: Change): boolean => TOLD.has(kind);

/** The highest target with a check mark. */
function hitOf({ prices }: Fields, { targets }: Call): Change | null {
  const all = prices.filter(({ bucket }) => bucket === 'TARGET');
  let target = 0;
  all.forEach(({ isHit, nth }, index) => {
    if (isHit) target = Math.max(target, nth ?? index + 1);
  });
  if (target === 0) targets.forEach(({ isHit, nth }, index) => (target = isHit ? (nth ?? index + 1) : target));
  return target === 0 ? null : { kind: 'TARGET_HIT', target };
}

function merged(told: readonly Change[], hit: Change | null): Change[] {
  const isSaid = told.some(({ kind }) => kind === 'TARGET_HIT' || kind === 'ALL_TARGETS_HIT');
  return hit === null || isSaid ? [...told] : [hit, ...told];
}

function isCall(facts: Facts): boolean {
  const { fields, call, symbols, parts } = facts;
  const isSided = fields.sides.length > 0;
  if (parts >= 2) {
    const isPriced = call.entries.length > 0 || (fields.sides.some(({ isPlain }) => isPlain) && parts === 2);
    const isKnown = symbols.length > 0 || (isSided && call.entries.length > 0);
    return isPriced && isKnown && (isSided || call.side !== null || parts === 3) && !isProse(facts);
  }
  return isTerseCall(facts);
}

/** `BUY BTCUSDT @ 50000`, `$BSW LONG X10 ENTRY NOW`. */
function isTerseCall({ tokens, fields, call, symbols, read, adverts }: Facts): boolean {
  const [symbol] = symbols;
  const isSided = fields.sides.some(({ isPlain }) => isPlain);
  if (symbol === undefined || !isSided || adverts > 0) return false;
  if (read.isPlain || read.refusals.length > 0) return false;
  const strange = tokens.filter(({ kind, tag }) => kind === 'word' && tag === null).length;
  if (strange > TERSE || tokens.some(({ key }) => key === 'NOT' || key === 'IF' || key === 'CLOSE')) return false;
  if (symbol.mention === 'FIRST_WORD' || symbol.mention === 'BESIDE_KEY') return false;
  const isEntered = call.entries.length > 0 && fields.prices.some(({ bucket }) => bucket !== 'LOOSE');
  return isEntered || (fields.labels.has('ENTRY') && fields.isMarket);
}

/** Prices that stand in sentences. */
function isProse({ tokens, fields }: Facts): boolean {
  const lines = new Map<number, number>();
  const lineOf: number[] = [];
  let line = 0;
  for (const { kind, tag } of tokens) {
    if (kind === 'break') line += 1;
    lineOf.push(line);
    if (kind === 'word' && tag === null) lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  const used = fields.prices.filter(({ bucket }) => bucket !== 'LOOSE');
  const spoken = used.filter(({ at }) => (lines.get(lineOf[at] ?? 0) ?? 0) > PROSE);
  return spoken.length * 2 > used.length;
}

/** Words that tell of a result stand in a call too: how it is to be managed, or a disclaimer. */
function isSpoken({ fields, parts }: Facts): boolean {
  return (
    parts === 3 && fields.labels.size === 3 && fields.prices.every(({ isHit, bucket }) => !isHit || bucket !== 'TARGET')
  );
}

/** Words of changing come before the first price. */
function isCorrection(tokens: readonly Token[], { prices }: Fields): boolean {
  const first = prices.find(({ bucket }) => bucket !== 'LOOSE')?.at ?? Number.POSITIVE_INFINITY;
  return tokens.some(({ key }, index) => (key === 'SET' || key === 'AVERAGING') && index < first);
}

function isAdvert({ adverts, symbols, read }: Facts): boolean {
  const isPair = symbols[0]?.mention === 'PAIR' || symbols[0]?.mention === 'HASHTAG';
  return adverts >= 2 ? !(isPair && read.isPlain) : adverts === 1 && symbols.length === 0 && !read.isPlain;
}

/** `TP: 0.1220 - 0.1240. SL: 0.1140` without a side: what a call left open. */
function detailsOf({ fields, call, tokens }: Facts): Change[] {
  const isTerse = tokens.filter(({ kind }) => kind === 'word').length <= 3;
  if (!isTerse || call.entries.length > 0 || fields.sides.length > 0) return [];
  const targets = call.targets.map(({ price }) => price);
  return [
    ...(targets.length > 0 ? [{ kind: 'SET_TARGETS', targets } as const] : []),
    ...(call.stop === null ? [] : [{ kind: 'MOVE_STOP', to: { at: 'PRICE', price: call.stop.price } } as const]),
  ];
}
