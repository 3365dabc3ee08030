/**
 * From a signal to positions, in memory: dispatch and fan-out pages, each one transaction.
 * Keeps: plans are resolved and laid out, followers decided and quantities found by the product's own rules; what those
 * promise of caps, capital and margin is checked at every new position.
 */
import { openingOrderSide, oppositeSide } from '../../../src/domain/instrument/side.js';
import { Decimal } from '../../../src/domain/money/decimal.js';
import { drawOf } from '../../../src/domain/paper/fill-model.js';
import { type Layout, layOut, type LayoutRefusal } from '../../../src/domain/plan/lay-out.js';
import { type ResolvedPlan, resolvePlan } from '../../../src/domain/plan/resolve-plan.js';
import { NO_USER_PLAN, type UserPlan } from '../../../src/domain/plan/user-plan.js';
import { onCommand } from '../../../src/domain/position/on-command.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { type EntryPlanner, entryPlanner } from '../../../src/domain/risk/decide-entry.js';
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';
import { openSignal, signalOnCommand } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import type { EntryPlan, Follower, SignalPlan } from '../../../src/domain/sizing/plan-entry.js';
import { rulesOf } from '../model/markets.js';
import type { StoredSignal, Task, User } from './books.js';
import type { Leader } from './leader.js';
import type { Surroundings } from './surroundings.js';

const PAGE_SIZE = 2;
const PLATFORM_CAP = 50;
const MAX_LEVERAGE = 25;
const TOLERANCE = Decimal.of('0.5');
const MS_PER_SECOND = 1_000;

/** The signal's own plan, without any follower's. */
const OWN: UserPlan = { ...NO_USER_PLAN, caps: { ...NO_USER_PLAN.caps, allowsNoStop: true } };

export type PageTask = Extract<Task, { kind: 'page' }>;

interface Planned {
  readonly plan: SignalPlan;
  readonly planner: EntryPlanner;
}

export class Entering {
  constructor(
    private readonly world: Surroundings,
    private readonly leader: Leader,
  ) {}

  dispatch(id: number): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    if (stored.dispatched || stored.state.status !== 'NEW') return;
    const { state } = stored;
    const text = this.world.latest(state.symbol);
    const price = text === undefined ? undefined : Decimal.of(text);
    const layout = layoutFor(stored, OWN, price);
    const refusal = 'refusal' in layout ? layout.refusal : null;
    stored.dispatched = true;
    stored.referencePrice = price ?? null;
    stored.state = { ...state, entryType: 'refusal' in layout ? null : layout.entryType };
    if (!('refusal' in layout) && layout.entryType === 'MARKET') {
      books.step(stored, openSignal(stored.state, layout.legs[0]?.price ?? state.entry, now));
    }
    if (refusal !== null) {
      const step = signalOnCommand(stored.state, { kind: 'cancel', reason: refusal }, price ?? state.entry, now);
      if (step !== undefined) books.step(stored, step);
    }
    const followers = books.users.filter(({ on }) => on);
    for (let index = 0; index < followers.length; index += PAGE_SIZE) {
      const page = followers.slice(index, index + PAGE_SIZE);
      const range = { from: (page[0] as User).id, to: (page.at(-1) as User).id };
      books.enqueue('page', `${id}:${index}`, state.symbol, { kind: 'page', signal: id, ...range, refusal });
    }
    this.leader.track([], [stored.state]);
  }

  page({ signal, from, to, refusal }: PageTask): void {
    const { books, now } = this.world;
    const stored = books.signals.get(signal) as StoredSignal;
    const users = books.users.filter(({ id, on }) => on && id >= from && id <= to);
    const ended = isTerminalSignal(stored.state.status) ? `SIGNAL_${stored.state.status}` : null;
    const planned = new Map<UserPlan, Planned>();
    for (const { plan } of users) {
      if (planned.has(plan)) continue;
      const signalPlan = this.#planOf(stored, plan, refusal ?? ended);
      planned.set(plan, { plan: signalPlan, planner: entryPlanner(signalPlan, now) });
    }
    const plannedFor = (user: User) => planned.get(user.plan) as Planned;
    if (refusal === null) this.#reverse(stored, users, plannedFor);
    const opened: PositionState[] = [];
    for (const user of users) {
      books.decide(signal, user.id);
      const { plan, planner } = plannedFor(user);
      const { outcome } = planner.decide(this.#followerOf(user, stored));
      if (outcome.verdict === 'OPENED') opened.push(this.#open(stored, plan, user, outcome));
    }
    this.leader.track(opened);
  }

  #planOf(stored: StoredSignal, user: UserPlan, refusal: string | null): SignalPlan {
    const { state, sourceId } = stored;
    const isCross = resolvedFor(stored, user).values['margin.mode'] === 'CROSS';
    const laidOut = layoutFor(stored, user, stored.referencePrice ?? undefined);
    const layout = 'refusal' in laidOut ? null : laidOut;
    return {
      signalId: state.id,
      sourceId,
      symbol: state.symbol,
      side: state.side,
      confidence: stored.draft.confidence,
      layout,
      isSpot: false,
      isCross,
      refusal: refusal ?? ('refusal' in laidOut ? laidOut.refusal : null),
      switches: [],
      rules: rulesOf(state.symbol),
      limits: {
        maxLeverage: MAX_LEVERAGE,
        maxConcurrentTrades: PLATFORM_CAP,
        tradesOfTier: {},
        allowedTiers: ['TRIAL'],
        entryFeePercent: layout?.entryType === 'LIMIT' ? this.world.fees.makerPercent : this.world.fees.takerPercent,
        takerFeePercent: this.world.fees.takerPercent,
        requireVerified: false,
      },
      filledAt: this.#filledAt(state.id, layout),
      brackets: this.world.fees.brackets,
    };
  }

  #filledAt(id: number, layout: Layout | null): SignalPlan['filledAt'] {
    const { fills } = this.world.fees;
    if (fills === undefined || layout?.entryType !== 'MARKET') return undefined;
    const { symbol, side } = (this.world.books.signals.get(id) as StoredSignal).state;
    const order = { symbol, side: openingOrderSide(side), type: 'MARKET' as const };
    const price = layout.plannedEntry;
    return (qty) => fills.execute({ ...order, qty }, { price }, drawOf(`signal:${id}:ENTRY`))?.price ?? price;
  }

  #reverse(stored: StoredSignal, users: readonly User[], plannedFor: (user: User) => Planned): void {
    const { books, now, safety } = this.world;
    const { symbol, side, entry } = stored.state;
    const isSourceStopped = safety.active.some(
      (item) =>
        item.scope === 'source' &&
        item.value === String(stored.sourceId) &&
        !(item.expiresAt !== null && item.expiresAt <= now),
    );
    if (isSourceStopped) return;
    const isMeant = (user: User) =>
      plannedFor(user).planner.refusalAsFollower({ ...this.#followerOf(user, stored), switches: [] }) === undefined;
    const meant = new Set(users.filter((user) => user.reversal && isMeant(user)).map(({ id }) => id));
    for (const position of books.livePositions(symbol)) {
      if (position.side !== oppositeSide(side) || !meant.has(position.userId)) continue;
      const command = { kind: 'reverse' as const, bySignal: stored.state.id };
      const change = onCommand(position, command, stored.referencePrice ?? entry, this.world.fees, now);
      if (change !== undefined) books.write(change);
    }
  }

  #open(stored: StoredSignal, plan: SignalPlan, user: User, entry: EntryPlan): PositionState {
    const { books, now } = this.world;
    const position = newPosition(books.newest + 1, stored, plan, user, entry, now);
    const isHeld = position.status === 'OPEN';
    const texts = { price: String(entry.entryPrice), qty: String(entry.qty), fee: String(entry.entryFee) };
    const isUnstopped = stored.draft.plan['stop.unit'] === 'NONE' && user.plan.caps.allowsNoStop;
    if (isUnstopped) books.unstopped.add(position.id);
    books.managed.set(position.id, resolvedFor(stored, user.plan));
    books.insert(position, isHeld ? { effect: 'ENTRY', leg: 'ENTRY', ...texts } : undefined);
    user.balance = user.balance.minus(entry.entryFee);
    user.marginUsed = user.marginUsed.plus(entry.margin);
    user.openPositions += 1;
    books.touched.users.add(user);
    if (this.world.isBarred(position)) throw new Error(`safety.nothing-grows-under-a-switch: new ${position.id}`);
    if (user.openPositions > Math.min(user.cap, PLATFORM_CAP)) throw new Error(`account.cap-holds: user ${user.id}`);
    const capital = Decimal.of(user.capital);
    const isAbove = capital.isPositive && user.marginUsed.gt(capital);
    if (isAbove) throw new Error(`account.own-capital-holds: user ${user.id}`);
    if (user.marginUsed.gt(user.balance)) throw new Error(`account.margin-is-covered: user ${user.id}`);
    return position;
  }

  #followerOf(user: User, { state, sourceId }: StoredSignal): Follower {
    const subject = { userId: user.id, accountId: user.id, sourceId, symbol: state.symbol };
    return {
      userId: user.id,
      accountId: user.id,
      accountActive: true,
      isVerified: true,
      tier: 'TRIAL',
      sourceEnabled: true,
      perTradeUsdt: user.perTrade,
      leverage: user.leverage,
      maxConcurrentTrades: user.cap,
      capitalUsdt: user.capital,
      symbolWhitelist: [],
      symbolBlacklist: [],
      planKey: '',
      balance: user.balance.toString(),
      marginUsed: user.marginUsed.toString(),
      openPositions: user.openPositions,
      risk: null,
      switches: this.world.safety.refusalsOf(subject, this.world.now),
    };
  }
}

const resolved = new WeakMap<SignalDraft, Map<UserPlan, ResolvedPlan>>();

function resolvedFor({ draft }: StoredSignal, user: UserPlan): ResolvedPlan {
  const known = resolved.get(draft) ?? new Map<UserPlan, ResolvedPlan>();
  if (known.size === 0) resolved.set(draft, known);
  let plan = known.get(user);
  if (plan === undefined) {
    plan = resolvePlan({ signal: draft.plan, source: {}, user: user.spec, platform: {} }, user.caps);
    known.set(user, plan);
  }
  return plan;
}

function layoutFor(
  stored: StoredSignal,
  user: UserPlan,
  market: Decimal | undefined,
): Layout | { readonly refusal: LayoutRefusal } {
  const { state } = stored;
  return layOut({
    signal: {
      symbol: state.symbol,
      side: state.side,
      entry: state.entry,
      stopLoss: state.stopLoss,
      targets: state.targetPrices,
    },
    values: resolvedFor(stored, user).values,
    rules: rulesOf(state.symbol),
    market,
    tolerancePercent: TOLERANCE,
  });
}

function newPosition(
  id: number,
  { state }: StoredSignal,
  plan: SignalPlan,
  user: User,
  entry: EntryPlan,
  now: Date,
): PositionState {
  const layout = plan.layout as Layout;
  const isHeld = layout.entryType === 'MARKET';
  const held = isHeld ? entry.qty : Decimal.ZERO;
  const after = (seconds: number | null) =>
    seconds === null ? null : new Date(now.getTime() + seconds * MS_PER_SECOND);
  return {
    id,
    userId: user.id,
    accountId: user.id,
    signalId: state.id,
    symbol: state.symbol,
    side: state.side,
    leverage: entry.leverage,
    status: isHeld ? 'OPEN' : 'PENDING',
    entryType: layout.entryType,
    legPrices: entry.legPrices,
    safetyLegs: entry.safetyLegs,
    legQtys: entry.legQtys,
    legFilled: entry.legQtys.map((_, leg) => (leg === 0 ? held : Decimal.ZERO)),
    entriesClosed: false,
    plannedQty: entry.plannedQty,
    qty: held,
    remainingQty: held,
    entryPrice: entry.entryPrice,
    cost: held.times(entry.entryPrice),
    exitPrice: null,
    stopLoss: layout.stopLoss,
    trail: null,
    rulesFired: 0,
    targetPrices: layout.targets,
    targetQtys: entry.targetQtys,
    targetHitAt: layout.targets.map(() => null),
    margin: entry.margin,
    realisedPnl: entry.entryFee.negated(),
    fees: entry.entryFee,
    closeReason: null,
    openedAt: isHeld ? now : null,
    closedAt: null,
    entryExpiresAt: isHeld ? null : after(layout.entryExpiresAfter),
    exitAt: isHeld ? after(layout.plan.exitAfterSeconds) : null,
    isDetached: false,
    isCross: plan.isCross,
    partPrice: null,
    plan: layout.plan,
  };
}
