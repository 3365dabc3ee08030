/**
 * What a message tells or asks of a trade that runs or waits, clause by clause.
 * Keeps: a clause that says little else is understood, one in the middle of prose is not; what asks for something without
 * saying how much is a refusal, never a guess.
 */
import type { Change } from '../intent/intent.js';
import { Decimal } from '../money/decimal.js';
import { type Clause, clausesOf } from './clauses.js';
import type { Key } from './keys.js';
import { percentOf, priceOf, signOf, stopPlaceOf, targetsNamed, whole } from './clause-numbers.js';
import type { Refusal } from './refusals.js';
import type { Span, Token } from './token.js';

export interface ChangeRead {
  readonly change: Change;
  readonly span: Span;
}

export interface ChangesRead {
  readonly changes: readonly ChangeRead[];
  readonly refusals: readonly Refusal[];
  /** Something of it is asked for, or told of an end; not only how it goes. */
  readonly isPlain: boolean;
}

/** A clause with more words that mean nothing is prose. */
const MOST_STRANGE = 6;

/** A number behind `TP` alone is that of a target, above it a price. */
const MOST_ALONE = 8;

/** Multiples of the risk that a stop may have cost. */
const MOST_LOST = Decimal.of('5');

/** What may stand before the word that asks for something. */
const OPENING = new Set<Key>(['AND', 'PROFIT', 'HIT', 'TARGET', 'MARKET', 'TO', 'HOLD']);

type Found = Change | Refusal['code'];

export function readChanges(tokens: readonly Token[], hasSymbol: boolean): ChangesRead {
  const words = tokens.filter(({ kind }) => kind === 'word' || kind === 'key').length;
  const changes: ChangeRead[] = [];
  const refusals: Refusal[] = [];
  for (const clause of clausesOf(tokens)) {
    if (clause.strange > MOST_STRANGE || isConditional(clause)) continue;
    const [first, last] = [clause.tokens[0] as Token, clause.tokens.at(-1) as Token];
    const span = [first.from, last.to] as const;
    for (const found of new ClauseReader(clause, words, hasSymbol).read()) {
      if (typeof found === 'string') refusals.push({ code: found, field: 'change', span, text: '' });
      else changes.push({ change: found, span });
    }
  }
  const isPart = changes.some(({ change }) => change.kind === 'REDUCE' || change.kind === 'CLOSE');
  const open = refusals.filter(({ code }) => !(isPart && code === 'REDUCE_HOW_MUCH'));
  return { changes: settled(changes), refusals: open, isPlain: changes.some(({ change }) => change.kind !== 'TELL') };
}

/** "If" anywhere, "after" and "when" before what is to be done. */
function isConditional({ tokens, keys }: Clause): boolean {
  if (!keys.has('IF')) return false;
  const first = tokens.findIndex(({ key }) => key !== null && key !== 'IF');
  return tokens.some(({ key, text }, index) => key === 'IF' && (index < first || text === 'if' || text === 'если'));
}

/** A target and its number, and no more. */
function isLonely({ tokens, keys, strange }: Clause): boolean {
  return strange <= 1 && keys.size === 1 && tokens.filter(({ kind }) => kind === 'number').length <= 1;
}

/** One of each; of several targets the last; all targets outweigh each. */
function settled(changes: readonly ChangeRead[]): ChangeRead[] {
  const isAll = changes.some(({ change }) => change.kind === 'ALL_TARGETS_HIT');
  const isStopped = changes.some(({ change }) => change.kind === 'STOP_HIT');
  const last = changes.reduce(
    (most, { change }) => (change.kind === 'TARGET_HIT' ? Math.max(most, change.target) : most),
    0,
  );
  const isAsked = changes.some(({ change }) => change.kind !== 'TELL');
  const isCancelled = changes.some(({ change }) => change.kind === 'CANCEL');
  const seen = new Set<string>();
  return changes.filter(({ change }) => {
    if (change.kind === 'TARGET_HIT' && (isAll || change.target !== last)) return false;
    if (change.kind === 'CLOSE' && change.isTold === true && (isAll || isStopped)) return false;
    if (change.kind === 'TELL' && isAsked && change.what !== 'REMOVE_STOP') return false;
    if (change.kind === 'CANCEL_ENTRIES' && isCancelled) return false;
    const key = JSON.stringify(change);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

class ClauseReader {
  constructor(
    private readonly clause: Clause,
    /** Of the whole message. */
    private readonly words: number,
    private readonly hasSymbol: boolean,
  ) {}

  read(): Found[] {
    const { keys } = this.clause;
    if (keys.has('NEAR') && keys.has('HIT')) return [{ kind: 'TELL', what: 'NEAR' }];
    const isNegated = keys.has('NOT') && !keys.has('CANCEL');
    if (isNegated && (keys.has('CLOSE') || keys.has('MOVE') || keys.has('HIT'))) return [];
    const told = [...this.#targets(), ...this.#stopHit()];
    const isStopped = told.some((found) => typeof found !== 'string' && found.kind === 'STOP_HIT');
    const asked = this.#cancel() ?? (isStopped ? undefined : this.#stop()) ?? this.#close() ?? this.#set();
    if (told.length > 0 || asked !== undefined) return [...told, ...(asked ?? [])];
    return this.#entry() ?? this.#rest() ?? [];
  }

  #has(...keys: Key[]): boolean {
    return keys.every((key) => this.clause.keys.has(key));
  }

  #any(...keys: Key[]): boolean {
    return keys.some((key) => this.clause.keys.has(key));
  }

  /** Whether it says little besides, so that what it says without naming a trade is meant as it stands. */
  #isTerse(strange: number): boolean {
    const most = this.clause.strange <= 2 ? 60 : 30;
    return this.clause.strange <= strange && (this.hasSymbol || this.words <= most);
  }

  #targets(): Found[] {
    const { clause } = this;
    if (!this.#has('TARGET') || this.#any('SET', 'CANCEL', 'NEW', 'CLOSE')) return [];
    if (this.#has('MOVE') && !this.#any('HIT', 'BREAKEVEN')) return [];
    if (this.#has('CLOSED') && !this.#has('HIT')) return [];
    if (this.#has('STOP', 'TO') && !this.#has('HIT')) return [];
    const isGained = clause.tokens.some(({ unit }) => unit === 'R');
    const isTold = this.#any('HIT', 'TAKE', 'PROFIT', 'BREAKEVEN') || clause.isTicked || isGained;
    const named = targetsNamed(clause.tokens);
    if (this.#has('ALL') && (isTold || clause.strange <= 2)) return [{ kind: 'ALL_TARGETS_HIT' }];
    if (named === 0)
      return (this.#any('HIT') && this.#isTerse(2)) || this.words <= 3 ? [{ kind: 'TELL', what: 'TARGET_HIT' }] : [];
    const isGlued = clause.tokens.some(({ kind, isGlued: is }) => kind === 'number' && is);
    const isAlone = isLonely(clause) && named <= MOST_ALONE && this.words <= (isGlued ? 12 : 4);
    return isTold || isAlone ? [{ kind: 'TARGET_HIT', target: named }] : [];
  }

  #stopHit(): Found[] {
    const { tokens, strange } = this.clause;
    if (this.#has('STOPPED') && this.#isTerse(4) && !this.#has('MOVE')) return [{ kind: 'STOP_HIT' }];
    if (!this.#has('STOP') || this.#any('MOVE', 'CANCEL', 'SET', 'NEW', 'BREAKEVEN', 'CLOSE', 'TARGET')) return [];
    if (this.#any('CLOSED') && this.#isTerse(3)) return [{ kind: 'STOP_HIT' }];
    const isPriced = priceOf(tokens) !== null;
    if (this.#any('HIT', 'LOSS') && !isPriced && this.#isTerse(4)) return [{ kind: 'STOP_HIT' }];
    const isLoss = tokens.some(({ kind }, index) => kind === 'number' && signOf(tokens, index) === '-');
    if (isLoss && !isPriced && this.#isTerse(4) && !this.#has('ENTRY')) return [{ kind: 'STOP_HIT' }];
    if (this.#isLossOfStop()) return [{ kind: 'STOP_HIT' }];
    const isShort = this.words <= 5 || (this.hasSymbol && this.clause.keys.size === 1 && this.words <= 12);
    const isAlone = strange <= 2 && isShort && !isPriced && percentOf(tokens) === null && !this.#has('ENTRY');
    return isAlone && !this.#any('HOLD', 'TO') ? [{ kind: 'STOP_HIT' }] : [];
  }

  /** `Стоп - 0.5`, and nothing else: what was lost, in multiples of the risk. */
  #isLossOfStop(): boolean {
    const [label, dash, number, more] = this.clause.tokens.filter(({ text }) => text !== '(' && text !== ')');
    if (label?.key !== 'STOP' || dash?.text !== '-' || more !== undefined || this.words > 3) return false;
    return typeof number?.value === 'string' && Decimal.of(number.value).lte(MOST_LOST);
  }

  #cancel(): Found[] | undefined {
    if (!this.#has('CANCEL')) return undefined;
    if (this.#has('TARGET')) return [{ kind: 'SET_TARGETS', targets: [] }];
    if (this.#has('STOP') && !this.#any('ENTRY', 'LIMIT')) return [{ kind: 'TELL', what: 'REMOVE_STOP' }];
    const isOrder = this.clause.tokens.some(({ text }) => text.includes('order'));
    if (this.#any('LIMIT', 'ENTRY', 'AVERAGING') && !this.#has('PENDING') && !isOrder) {
      return priceOf(this.clause.tokens) === null ? [{ kind: 'CANCEL_ENTRIES' }] : ['WHICH_ENTRY'];
    }
    const isMeant = this.#any('PENDING', 'LIMIT', 'SIGNAL', 'SIDE_LABEL') || this.#isTerse(2);
    return isMeant && (this.hasSymbol || this.words <= 20) ? [{ kind: 'CANCEL' }] : undefined;
  }

  #stop(): Found[] | undefined {
    const { tokens } = this.clause;
    if (this.#any('CLOSE', 'CLOSED') && !this.#has('STOP')) return undefined;
    if (this.#has('STOP')) {
      if (this.#has('HOLD') && !this.#any('MOVE', 'SET')) return undefined;
      const place = stopPlaceOf(tokens, this.#any('MOVE', 'SET', 'NEW', 'TO') || this.words <= 4);
      if (place !== null) return [{ kind: 'MOVE_STOP', to: place }];
      return this.#has('MOVE') && !this.#any('CLOSE', 'TAKE') && this.#isTerse(5) ? ['STOP_WHERE'] : undefined;
    }
    const isMoved = this.#has('BREAKEVEN') && this.#any('MOVE', 'SET') && this.#isTerse(4);
    return isMoved ? [{ kind: 'MOVE_STOP', to: { at: 'ENTRY' } }] : undefined;
  }

  #close(): Found[] | undefined {
    const { tokens } = this.clause;
    if (this.#has('TAKE')) return this.#take();
    if (this.#has('CLOSED')) return this.#closed();
    const at = tokens.findIndex(({ key }) => key === 'CLOSE');
    // In longer texts only what begins with it asks for it.
    const isHead = tokens
      .slice(0, at)
      .every(({ kind, tag, key }) => (kind === 'word' ? tag !== null : OPENING.has(key ?? 'AND')));
    if (at === -1 || !(isHead ? this.#isTerse(MOST_STRANGE) : this.#isTerse(3) && this.words <= 30)) return undefined;
    const next = tokens[at + 1]?.key;
    if (next === 'ENTRY' || next === 'LIMIT') return ['WHICH_ENTRY'];
    const part = this.#part();
    if (part !== null) return [part];
    return [{ kind: 'CLOSE' }];
  }

  /** "Closed 50 %", "closed with 14 % profit". */
  #closed(): Found[] | undefined {
    if (!this.#isTerse(5) || (this.#has('STOP') && !this.#any('TARGET', 'TRAIL'))) return undefined;
    const part = this.#any('PROFIT', 'LOSS') ? null : this.#part();
    return [part ?? { kind: 'CLOSE', isTold: true }];
  }

  #take(): Found[] | undefined {
    if (!this.#isTerse(4)) return undefined;
    const part = this.#part();
    if (part !== null) return [part];
    if (this.#has('ALL') || this.#has('REST')) return [{ kind: 'CLOSE' }];
    const isPart = this.clause.tokens.some(({ text }) => text.includes('partial') || text.startsWith('частич'));
    return isPart ? ['REDUCE_HOW_MUCH'] : undefined;
  }

  /** How much of it; null where no part is said. */
  #part(): Change | null {
    const percent = percentOf(this.clause.tokens);
    if (percent !== null && Decimal.of(percent).isPositive) {
      return Decimal.of(percent).gte(Decimal.HUNDRED) ? { kind: 'CLOSE' } : { kind: 'REDUCE', percent };
    }
    if (this.#has('HALF')) return { kind: 'REDUCE', percent: '50' };
    if (this.#has('THIRD')) return { kind: 'REDUCE', percent: '33.33' };
    return this.#has('QUARTER') ? { kind: 'REDUCE', percent: '25' } : null;
  }

  /** New targets or a new entry. */
  #set(): Found[] | undefined {
    if (!this.#any('SET', 'NEW', 'MOVE')) return undefined;
    const prices = this.clause.tokens.flatMap((token) => (isPrice(token) ? [token.value as string] : []));
    if (prices.length === 0) return undefined;
    if (this.#has('TARGET')) return [{ kind: 'SET_TARGETS', targets: prices }];
    const entry = prices[0] as string;
    return this.#has('ENTRY') && prices.length === 1 ? [{ kind: 'SET_ENTRY', entry }] : undefined;
  }

  #entry(): Found[] | undefined {
    if (!this.#isTerse(4) || this.#any('HOLD')) return undefined;
    const isHit = this.#has('HIT') && this.#any('ENTRY', 'LIMIT', 'AVERAGING', 'PENDING') && !this.#has('TARGET');
    return isHit || this.#has('FILLED') ? [{ kind: 'ENTRY_HIT' }] : undefined;
  }

  #rest(): Found[] | undefined {
    const { tokens } = this.clause;
    if (this.#has('REENTER') && this.#isTerse(4)) return [{ kind: 'TELL', what: 'REENTER' }];
    const isLevel = this.#has('BREAKEVEN') && tokens.some(({ key, text }) => key === 'BREAKEVEN' && text !== 'be');
    if (isLevel && !this.#any('HOLD', 'STOP') && this.#isTerse(3) && this.words <= (this.#has('REST') ? 20 : 10))
      return [{ kind: 'CLOSE', isTold: true }];
    const isFar = tokens.some(({ unit }) => unit === '%' || unit === 'R');
    const isHeld = this.#has('HOLD') && this.words <= 6;
    const isTold = (isFar && (this.#any('PROFIT', 'LOSS') || this.words <= 8)) || isHeld;
    return isTold && this.hasSymbol && this.#isTerse(3) && this.words <= 14
      ? [{ kind: 'TELL', what: 'PROGRESS' }]
      : undefined;
  }
}

function isPrice(token: Token): boolean {
  return (
    token.kind === 'number' && token.unit === null && token.value !== null && !(token.isGlued && whole(token) !== null)
  );
}
