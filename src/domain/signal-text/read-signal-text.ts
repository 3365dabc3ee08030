/**
 * Reads a message of a channel: a call for a trade, a word about one that runs, or neither.
 * Keeps: pure, in time linear in the text; only a message that says pair, side and price opens a trade; what reports,
 * advertises or is unclear opens none; what could be meant in two ways is refused with a question.
 */
import type { Side } from '../instrument/side.js';
import type { ChangeIntent, EnterIntent, IntentTarget } from '../intent/intent.js';
import { type ChangesRead, readChanges } from './changes.js';
import { enterIntent, isBreakoutOf } from './enter-intent.js';
import type { Fields } from './fields.js';
import { COMMON_BOOK, PhraseBook } from './phrase-book.js';
import { readFields } from './read-fields.js';
import { type Refusal, type RefusalCode, REFUSALS, type SignalField } from './refusals.js';
import { type Call, resolve } from './resolve.js';
import { decimalMarkOf } from './settle-numbers.js';
import { signalConfidence, updateConfidence } from './confidence.js';
import { type Structure, structureOf } from './structure.js';
import { readSymbols, type SymbolRead } from './symbols.js';
import { COMMON_PROFILE, type TextProfile } from './text-profile.js';
import type { Span, Token } from './token.js';
import { tokenize } from './tokenize.js';

export interface TextContext {
  readonly profile?: TextProfile;
  /** Markets that there are; without them any name may be one. */
  readonly knownSymbols?: ReadonlySet<string>;
  /** What the message answers. */
  readonly replyTo?: ReplyTo;
}

export interface ReplyTo extends IntentTarget {
  readonly text?: string;
}

export type Spans = Readonly<Partial<Record<SignalField, readonly Span[]>>>;

export const NOISE = ['EMPTY', 'IGNORED_PHRASE', 'ADVERT', 'NOTHING_SAID'] as const;
export type NoiseReason = (typeof NOISE)[number];

export type TextReading =
  | { readonly kind: 'signal'; readonly intent: EnterIntent; readonly spans: Spans; readonly confidence: number }
  | { readonly kind: 'update'; readonly intent: ChangeIntent; readonly spans: Spans; readonly confidence: number }
  | { readonly kind: 'noise'; readonly why: NoiseReason }
  | RefusedText;

export interface RefusedText {
  readonly kind: 'refused';
  readonly reasons: readonly Refusal[];
  /** To put to the author. */
  readonly question: string;
  readonly spans: Spans;
  /** What it would be, if it is understood so far. */
  readonly intent: EnterIntent | ChangeIntent | null;
}

export function readSignalText(text: string, context: TextContext = {}): TextReading {
  const profile = context.profile ?? COMMON_PROFILE;
  if (isIgnored(text, profile)) return { kind: 'noise', why: 'IGNORED_PHRASE' };
  return new TextReader(text, profile, context).read();
}

const books = new WeakMap<TextProfile, PhraseBook>();

/** A source's book is made once. */
function bookOf(profile: TextProfile): PhraseBook {
  if (Object.keys(profile.keywords).length === 0) return COMMON_BOOK;
  const book = books.get(profile) ?? new PhraseBook(profile.keywords);
  books.set(profile, book);
  return book;
}

function isIgnored(text: string, { ignore }: TextProfile): boolean {
  if (ignore.length === 0) return false;
  const small = text.toLowerCase();
  return ignore.some((phrase) => small.includes(phrase));
}

class TextReader {
  readonly #tokens: readonly Token[];
  readonly #symbols: readonly SymbolRead[];
  readonly #fields: Fields;
  readonly #call: Call;
  readonly #changes: ChangesRead;
  readonly #structure: Structure;

  constructor(
    private readonly text: string,
    private readonly profile: TextProfile,
    private readonly context: TextContext,
  ) {
    this.#tokens = tokenize(text, bookOf(profile));
    const known = context.knownSymbols ?? null;
    this.#symbols = readSymbols(this.#tokens, { quote: profile.quote, known }).found;
    this.#fields = readFields(this.#tokens);
    this.#call = resolve(this.#fields, text, decimalMarkOf(this.#tokens), this.#symbols[0]?.at ?? null);
    const isNamed = this.#symbols.length > 0 || context.replyTo !== undefined;
    this.#changes = readChanges(this.#tokens, isNamed);
    this.#structure = structureOf(this.#tokens, this.#fields, this.#call, this.#symbols, this.#changes);
  }

  read(): TextReading {
    switch (this.#structure.is) {
      case 'SIGNAL':
        return this.#signal();
      case 'EITHER':
        return this.#refused([this.#reason('SIGNAL_OR_UPDATE', 'text')], null);
      case 'UPDATE':
        return this.#update();
      case 'ADVERT':
        return { kind: 'noise', why: 'ADVERT' };
      case 'NOTHING':
        return { kind: 'noise', why: this.#tokens.length === 0 ? 'EMPTY' : 'NOTHING_SAID' };
    }
  }

  #signal(): TextReading {
    const reasons = [...this.#symbolReasons(), ...this.#call.refusals];
    const side: Side | null = this.#call.side ?? this.profile.side;
    if (side === null && !reasons.some(({ code }) => code === 'BOTH_SIDES'))
      reasons.push(this.#reason('NO_SIDE', 'side'));
    if (this.#call.entries.length === 0 && this.#fields.isLimit && !this.#fields.isMarket) {
      reasons.push(this.#reason('NO_ENTRY', 'entry'));
    }
    const isBreakout = side !== null && isBreakoutOf(this.#fields, side);
    if (isBreakout && this.#call.entries.length > 1) reasons.push(this.#reason('BREAKOUT_PRICES', 'entry'));
    const isBare =
      this.#call.stop === null && this.#fields.stopPercents.length === 0 && this.profile.stopPercent === null;
    if (isBare && this.profile.withoutStop === 'REFUSE') reasons.push(this.#reason('NO_STOP', 'stop'));
    const symbol = this.#symbols[0];
    const isWhole = symbol !== undefined && side !== null;
    const intent = isWhole ? enterIntent(symbol.symbol, side, this.#call, this.#fields, this.profile) : null;
    if (reasons.length > 0 || intent === null) return this.#refused(reasons, intent);
    const confidence = signalConfidence(symbol as SymbolRead, this.#call, this.#fields, this.#structure);
    const { confirm, minConfidence } = this.profile;
    const isAsked = confirm === 'ALWAYS' || (confirm === 'BELOW_CONFIDENCE' && confidence < minConfidence);
    if (isAsked) return this.#refused([this.#reason('NEEDS_CONFIRMATION', 'text')], intent);
    return { kind: 'signal', intent, spans: this.#spans(), confidence };
  }

  #symbolReasons(): Refusal[] {
    const [first, second] = this.#symbols;
    if (first === undefined) return [this.#reason('NO_SYMBOL', 'symbol')];
    if (second !== undefined) return [this.#reason('SEVERAL_SYMBOLS', 'symbol', second.span)];
    const isKnown = this.context.knownSymbols?.has(first.symbol) ?? true;
    return isKnown ? [] : [this.#reason('UNKNOWN_SYMBOL', 'symbol', first.span)];
  }

  #update(): TextReading {
    const { changes, refusals } = this.#changes;
    const named = refusals.map((refusal) => ({ ...refusal, text: this.#slice(refusal.span) }));
    if (this.#symbols.length > 1) named.push(this.#reason('SEVERAL_SYMBOLS', 'symbol', this.#symbols[1]?.span));
    const all = this.#structure.changes;
    const intent: ChangeIntent = { kind: 'CHANGE', about: this.#about(), changes: all };
    if (named.length > 0) return this.#refused(named, all.length === 0 ? null : intent);
    const spans = { ...this.#symbolSpan(), change: changes.map(({ span }) => span) };
    return { kind: 'update', intent, spans, confidence: updateConfidence(intent, this.#symbols[0]) };
  }

  #about(): IntentTarget {
    const { text, ...reply } = this.context.replyTo ?? {};
    const symbol = this.#symbols[0]?.symbol;
    const quoted = text === undefined ? {} : this.#quoted(text);
    const ref = this.#fields.ref;
    const sides = new Set(
      this.#fields.sides.filter(({ isOrder, isPlain }) => !isOrder && isPlain).map(({ side }) => side),
    );
    const [side] = sides;
    return {
      ...quoted,
      ...reply,
      ...(symbol === undefined ? {} : { symbol }),
      ...(ref === null ? {} : { ref }),
      ...(sides.size === 1 && side !== undefined ? { side } : {}),
    };
  }

  /** What the message answered to was about. */
  #quoted(text: string): IntentTarget {
    const { replyTo: _, ...context } = this.context;
    const reading = readSignalText(text, { ...context, profile: this.profile });
    if (reading.kind === 'noise' || reading.intent === null) return {};
    if (reading.intent.kind === 'CHANGE') return reading.intent.about;
    const { symbol, side, ref } = reading.intent;
    return { symbol, side, ...(ref === null ? {} : { ref }) };
  }

  #refused(reasons: readonly Refusal[], intent: EnterIntent | ChangeIntent | null): RefusedText {
    const question = [...new Set(reasons.map(({ code }) => REFUSALS[code]))].join(' ');
    return { kind: 'refused', reasons, question, spans: this.#spans(), intent };
  }

  #reason(code: RefusalCode, field: SignalField, span: Span | null = null): Refusal {
    return { code, field, span, text: this.#slice(span) };
  }

  #slice(span: Span | null): string {
    return span === null ? '' : this.text.slice(span[0], Math.min(span[1], span[0] + 200));
  }

  #symbolSpan(): Spans {
    const first = this.#symbols[0];
    return first === undefined ? {} : { symbol: [first.span] };
  }

  #spans(): Spans {
    const { entries, targets, stop, sideSpan } = this.#call;
    const stops = stop === null ? this.#fields.stopPercents.map(({ span }) => span) : [stop.span];
    const leverage = this.#fields.leverage.map(({ span }) => span);
    return {
      ...this.#symbolSpan(),
      ...(sideSpan === null ? {} : { side: [sideSpan] }),
      ...(entries.length === 0 ? {} : { entry: entries.map(({ span }) => span) }),
      ...(targets.length === 0 ? {} : { targets: targets.map(({ span }) => span) }),
      ...(stops.length === 0 ? {} : { stop: stops }),
      ...(leverage.length === 0 ? {} : { leverage }),
    };
  }
}
