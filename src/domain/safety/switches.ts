/**
 * Safety switches: what each scope and mode forbids, and which of them apply to one trade.
 * Keeps: pure; a switch only ever forbids increases of exposure, exits always go on; the answers come in the order in
 * which people are told why not: kill switch, circuit breaker, pause.
 */

export const SWITCH_SCOPES = ['platform', 'source', 'user', 'symbol', 'account'] as const;
export type SwitchScope = (typeof SWITCH_SCOPES)[number];

/** `flatten` is `reduce_only` that also closes what is open in its scope. */
export const SWITCH_MODES = ['block_entries', 'reduce_only', 'flatten'] as const;
export type SwitchMode = (typeof SWITCH_MODES)[number];

/** A new position, an addition by the engine (DCA, a further rung), or one that a person asks for by hand. */
export type Increase = 'entry' | 'add' | 'manual';

export const SAFETY_CODES = ['KILL_SWITCH', 'CIRCUIT_BREAKER', 'TRADING_PAUSED'] as const;
export type SafetyCode = (typeof SAFETY_CODES)[number];

/** A switch that nobody has cleared. */
export interface SafetySwitch {
  readonly id: number;
  readonly scope: SwitchScope;
  /** Id of the source, user or account, or the symbol; empty for the platform. */
  readonly value: string;
  readonly mode: SwitchMode;
  readonly reason: string;
  /** When it ends by itself: a pause. Null lasts until somebody clears it. */
  readonly expiresAt: Date | null;
}

/** A circuit breaker that lets nothing in at the moment. */
export interface TrippedBreaker {
  readonly scope: 'platform' | 'account';
  readonly value: string;
  readonly reason: string;
  readonly until: Date | null;
}

/** What is about to be traded, and for whom. */
export interface TradeSubject {
  readonly userId: number;
  readonly accountId: number;
  readonly sourceId: number | null;
  readonly symbol: string;
}

/** Why an increase is refused, as a decision stores it. */
export interface SafetyRefusal {
  readonly code: SafetyCode;
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Switches and breakers by what they apply to, so that asking costs the same however many there are. */
export interface SafetyBook {
  readonly switches: ReadonlyMap<string, SafetySwitch>;
  readonly breakers: ReadonlyMap<string, SafetyRefusal>;
}

const NOTHING: readonly SafetyRefusal[] = [];

/** A switch in force at `now`: a pause whose end has come is not, whether somebody noted its end or not. */
export function isInForce(item: Pick<SafetySwitch, 'expiresAt'>, now: Date): boolean {
  return item.expiresAt === null || item.expiresAt > now;
}

/** Blocked entries leave it to people to add by hand; the two harder modes do not. */
export function forbids(mode: SwitchMode, increase: Increase): boolean {
  return mode !== 'block_entries' || increase !== 'manual';
}

export function safetyBook(
  switches: readonly SafetySwitch[],
  breakers: readonly TrippedBreaker[],
  now: Date,
): SafetyBook {
  return {
    switches: new Map(switches.filter((item) => isInForce(item, now)).map((item) => [keyOf(item), item])),
    breakers: new Map(breakers.map((breaker) => [keyOf(breaker), breakerRefusal(breaker)])),
  };
}

/** Everything that forbids this increase for this subject; empty when nothing does. */
export function switchesFor(
  book: SafetyBook,
  subject: TradeSubject,
  increase: Increase = 'entry',
): readonly SafetyRefusal[] {
  if (book.switches.size === 0 && book.breakers.size === 0) return NOTHING;
  const refusals: SafetyRefusal[] = [];
  for (const key of keysOf(subject)) {
    const item = book.switches.get(key);
    if (item !== undefined && forbids(item.mode, increase)) refusals.push(switchRefusal(item));
    const breaker = increase === 'manual' ? undefined : book.breakers.get(key);
    if (breaker !== undefined) refusals.push(breaker);
  }
  return refusals.sort((a, b) => SAFETY_CODES.indexOf(a.code) - SAFETY_CODES.indexOf(b.code));
}

/** Widest scope first: that is the one a person is told of. */
function keysOf(subject: TradeSubject): string[] {
  const keys = ['platform:', `symbol:${subject.symbol}`];
  if (subject.sourceId !== null) keys.push(`source:${subject.sourceId}`);
  keys.push(`user:${subject.userId}`, `account:${subject.accountId}`);
  return keys;
}

function keyOf(item: { readonly scope: SwitchScope; readonly value: string }): string {
  return `${item.scope}:${item.value}`;
}

function switchRefusal(item: SafetySwitch): SafetyRefusal {
  const detail = { scope: item.scope, value: item.value, mode: item.mode, switch_id: item.id, reason: item.reason };
  if (item.expiresAt === null) return { code: 'KILL_SWITCH', detail };
  return { code: 'TRADING_PAUSED', detail: { ...detail, until: item.expiresAt.toISOString() } };
}

function breakerRefusal({ scope, value, reason, until }: TrippedBreaker): SafetyRefusal {
  const detail = { scope, value, reason };
  return { code: 'CIRCUIT_BREAKER', detail: until === null ? detail : { ...detail, until: until.toISOString() } };
}
