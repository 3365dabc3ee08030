/**
 * What an edit changes of a signal itself: which of its fields, and which it cannot change any more, with the reason.
 * Keeps: pure; what has happened (entry reached, targets hit) is not rewritten; once the entry is reached the stop moves
 * toward profit only and nothing is moved to where the market already is; the newest word on a price is the one that
 * counts, whether it is said as a price or in the plan.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import { parsePlan, type PlanProblem, type PlanSpec, planText } from '../plan/parse-plan.js';
import type { PlanField } from '../plan/plan-fields.js';
import { signalPrices } from '../plan/signal-prices.js';
import type { EditRefusal } from '../position/edit.js';
import { better, hasFallenTo, hasReached } from '../position/prices.js';
import { checkSignal, type SignalDraft } from './check-signal.js';
import type { SignalStatus } from './signal.js';

export interface EditableSignal extends SignalDraft {
  readonly status: SignalStatus;
  readonly targetHitAt: readonly (Date | null)[];
  /** Entries are laid out for followers. */
  readonly isDispatched: boolean;
}

/** Named fields only. */
export interface SignalEditRequest {
  readonly entry?: DecimalText;
  readonly stopLoss?: DecimalText;
  /** The stop goes to the entry; in each trade to what it cost on average. In place of `stopLoss`. */
  readonly stopToEntry?: true;
  readonly targets?: readonly DecimalText[];
  readonly leverage?: number;
  readonly confidence?: number;
  readonly duration?: 'SHORT' | 'LONG';
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly plan?: PlanSpec;
}

export interface FieldChange {
  readonly from: unknown;
  readonly to: unknown;
}

/** By field: `entry`, `targets`, `stop_loss`, `leverage`, `confidence`, `duration`, `meta`, and those of plans. */
export type SignalChanges = Readonly<Record<string, FieldChange>>;

export interface RefusedField {
  readonly field: string;
  readonly reason: EditRefusal;
}

export interface SignalEdited {
  readonly after: SignalDraft;
  readonly changes: SignalChanges;
  readonly refused: readonly RefusedField[];
}

/** Laid out when the signal is dispatched. */
const LAID_OUT: readonly PlanField[] = [
  'entry.kind',
  'entry.shares',
  'entry.zone_orders',
  'entry.chase_percent',
  'entry.max_deviation_percent',
];

/** `market` is the last price, if there is one. Answers problems where the request makes no sense at any time. */
export function editSignal(
  signal: EditableSignal,
  asked: SignalEditRequest,
  market: Decimal | undefined,
): SignalEdited | { readonly problems: readonly PlanProblem[] } {
  const request = asked.stopToEntry === true ? { ...asked, stopLoss: asked.entry ?? signal.entry } : asked;
  const wanted = wantedOf(signal, request);
  if ('problems' in wanted) return wanted;
  const refused = refusalsOf(signal, request, wanted, market);
  const after = without(signal, request, wanted, new Set(refused.map(({ field }) => field)));
  if ('problems' in after) return after;
  const problems = checkSignal(shapeOf(signal, after));
  if (problems.length > 0) return { problems };
  return { after, changes: changesOf(signal, after), refused };
}

type Wanted = SignalDraft | { readonly problems: readonly PlanProblem[] };

/** The signal as it would be if everything were possible. */
function wantedOf(signal: EditableSignal, request: SignalEditRequest): Wanted {
  const named = request.plan ?? {};
  const plan: Record<string, unknown> = { ...signal.plan, ...named };
  const prices = signal.plan['entry.prices'] ?? [];
  if (request.entry !== undefined && named['entry.prices'] === undefined && prices.length > 0) {
    if (prices.length > 1) {
      return { problems: [{ field: 'entry', rule: 'has several prices here: edit plan.entry.prices' }] };
    }
    plan['entry.prices'] = [request.entry];
  }
  if (
    request.stopLoss !== undefined &&
    named['stop.value'] === undefined &&
    (signal.plan['stop.value'] ?? null) !== null
  ) {
    Object.assign(plan, { 'stop.value': request.stopLoss, 'stop.unit': 'PRICE' });
  }
  if (
    request.targets !== undefined &&
    named['targets.values'] === undefined &&
    (signal.plan['targets.values'] ?? null) !== null
  ) {
    Object.assign(plan, { 'targets.values': request.targets, 'targets.unit': 'PRICE' });
  }
  if (request.leverage !== undefined) plan['margin.leverage'] = request.leverage;
  const { spec, problems } = parsePlan(planText(plan as PlanSpec));
  if (problems.length > 0) return { problems };
  const given = {
    side: signal.side,
    entry: request.entry ?? signal.entry,
    stop: request.stopLoss ?? signal.stopLoss,
    targets: request.targets ?? signal.targets,
  };
  const said = signalPrices(given, spec);
  if ('problems' in said) return said;
  return {
    symbol: signal.symbol,
    side: signal.side,
    tradeType: signal.tradeType,
    entry: said.entry,
    stopLoss: said.stop,
    targets: said.targets,
    duration: request.duration ?? signal.duration,
    leverage: request.leverage ?? signal.leverage,
    confidence: request.confidence ?? signal.confidence,
    plan: spec,
    meta: request.meta ?? signal.meta,
  };
}

function refusalsOf(
  signal: EditableSignal,
  request: SignalEditRequest,
  wanted: SignalDraft,
  market: Decimal | undefined,
): RefusedField[] {
  const refused: RefusedField[] = [];
  const add = (field: string, reason: EditRefusal | undefined) => {
    if (reason !== undefined) refused.push({ field, reason });
  };
  const isNew = signal.status === 'NEW';
  if (!same(signal.entry, wanted.entry)) add('entry', isNew ? entryRefusal(signal, wanted, market) : 'ENTRY_REACHED');
  if (signal.isDispatched) {
    for (const field of LAID_OUT) {
      if (differs(signal.plan[field], wanted.plan[field])) add(field, 'ENTRY_IS_LAID_OUT');
    }
    const isLadder = (wanted.plan['entry.prices']?.length ?? 0) > 1 || (signal.plan['entry.prices']?.length ?? 0) > 1;
    if (isLadder && differs(signal.plan['entry.prices'], wanted.plan['entry.prices'])) {
      add('entry.prices', 'ENTRY_IS_LAID_OUT');
    }
  }
  if (isNew) return refused;
  if (!samePrices(signal.targets, wanted.targets)) add('targets', targetsRefusal(signal, wanted, market));
  if (!same(signal.stopLoss, wanted.stopLoss)) add('stop_loss', stopRefusal(signal, wanted, market));
  if (request.plan?.['stop.unit'] === 'NONE' && signal.plan['stop.unit'] !== 'NONE') {
    add('stop_loss', 'STOP_ONLY_TOWARD_PROFIT');
  }
  return refused;
}

function entryRefusal(
  signal: EditableSignal,
  wanted: SignalDraft,
  market: Decimal | undefined,
): EditRefusal | undefined {
  if (!signal.isDispatched || market === undefined) return undefined;
  const entry = Decimal.of(wanted.entry);
  const { side } = signal;
  const isBreakout = wanted.plan['entry.kind'] === 'BREAKOUT';
  const isThere = isBreakout ? hasReached(side, market, entry) : hasFallenTo(side, market, entry);
  return isThere ? 'ENTRY_BEYOND_PRICE' : undefined;
}

function targetsRefusal(
  { side, targets, targetHitAt, entry }: EditableSignal,
  wanted: SignalDraft,
  market: Decimal | undefined,
): EditRefusal | undefined {
  const next = wanted.targets.map((price) => Decimal.of(price));
  const hits = targetHitAt.filter((hit) => hit !== null).length;
  const keepsHits = targets.every(
    (hit, index) => (targetHitAt[index] ?? null) === null || next[index]?.eq(Decimal.of(hit)) === true,
  );
  if (!keepsHits) return 'TARGET_ALREADY_HIT';
  if (next.length <= hits) return 'NO_TARGET_LEFT';
  const rises = next.every((target, index) => {
    const floor = index === 0 ? Decimal.of(entry) : (next[index - 1] as Decimal);
    return hasReached(side, target, floor) && !target.eq(floor);
  });
  if (!rises) return 'TARGETS_ON_WRONG_SIDE';
  return market !== undefined && hasReached(side, market, next[hits] as Decimal) ? 'TARGET_BEHIND_PRICE' : undefined;
}

function stopRefusal(
  signal: EditableSignal,
  wanted: SignalDraft,
  market: Decimal | undefined,
): EditRefusal | undefined {
  const stop = Decimal.of(wanted.stopLoss);
  const { side } = signal;
  if (better(side, stop, Decimal.of(signal.stopLoss)) !== stop) return 'STOP_ONLY_TOWARD_PROFIT';
  const open = signal.targets.find((_, index) => (signal.targetHitAt[index] ?? null) === null);
  const isPastTarget = open !== undefined && hasReached(side, stop, Decimal.of(open));
  if (isPastTarget) return 'STOP_BEYOND_PRICE';
  return market !== undefined && hasFallenTo(side, market, stop) ? 'STOP_BEYOND_PRICE' : undefined;
}

/** The request without what is refused; everything that says the refused price goes with it. */
function without(
  signal: EditableSignal,
  request: SignalEditRequest,
  wanted: SignalDraft,
  refused: ReadonlySet<string>,
): Wanted {
  if (refused.size === 0) return wanted;
  const plan = Object.fromEntries(
    Object.entries(request.plan ?? {}).filter(([field]) => {
      if (refused.has(field)) return false;
      if (field === 'entry.prices') return !refused.has('entry');
      if (field === 'targets.values' || field === 'targets.unit') return !refused.has('targets');
      return (field !== 'stop.value' && field !== 'stop.unit') || !refused.has('stop_loss');
    }),
  ) as PlanSpec;
  const { entry, stopLoss, targets, ...rest } = request;
  return wantedOf(signal, {
    ...rest,
    plan,
    ...(refused.has('entry') || refused.has('entry.prices') ? {} : { entry }),
    ...(refused.has('stop_loss') ? {} : { stopLoss }),
    ...(refused.has('targets') ? {} : { targets }),
  });
}

/** What the rules of posting can still be asked of: behind the entry the stop may lie in profit by now. */
function shapeOf(signal: EditableSignal, after: SignalDraft): SignalDraft {
  return signal.status === 'NEW' ? after : { ...after, stopLoss: tighter(after), targets: after.targets };
}

/** A stop on the right side of the entry: where the real one lies is not the entry's business any more. */
function tighter({ side, entry }: SignalDraft): DecimalText {
  const price = Decimal.of(entry);
  return price.times(Decimal.of(side === 'LONG' ? '0.5' : '2')).toString();
}

function changesOf(before: EditableSignal, after: SignalDraft): SignalChanges {
  const changes: Record<string, FieldChange> = {};
  const note = (field: string, from: unknown, to: unknown) => {
    changes[field] = { from: from ?? null, to: to ?? null };
  };
  if (!same(before.entry, after.entry)) note('entry', before.entry, after.entry);
  if (!samePrices(before.targets, after.targets)) note('targets', before.targets, after.targets);
  if (!same(before.stopLoss, after.stopLoss)) note('stop_loss', before.stopLoss, after.stopLoss);
  for (const field of ['leverage', 'confidence', 'duration'] as const) {
    if (before[field] !== after[field]) note(field, before[field], after[field]);
  }
  if (differs(before.meta, after.meta)) note('meta', before.meta, after.meta);
  for (const field of Object.keys(after.plan) as PlanField[]) {
    if (differs(before.plan[field], after.plan[field])) note(field, before.plan[field], after.plan[field]);
  }
  return changes;
}

const same = (a: DecimalText, b: DecimalText): boolean => Decimal.of(a).eq(Decimal.of(b));

function samePrices(a: readonly DecimalText[], b: readonly DecimalText[]): boolean {
  return a.length === b.length && a.every((price, index) => same(price, b[index] as string));
}

/** Plans are written in one form, so their text tells them apart; so are the notes, whose order of keys counts. */
function differs(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);
}
