/**
 * The work of the product, in memory: dispatch, fan-out pages, staff commands, closes; each one transaction.
 * Keeps: decides by the product's own rules; what a holder with a passed fence did is not kept.
 */
import { oppositeSide } from '../../../src/domain/instrument/side.js';
import { Decimal } from '../../../src/domain/money/decimal.js';
import { onCommand, type PositionCommand } from '../../../src/domain/position/on-command.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';
import { openSignal, signalOnCommand, type SignalState } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import { entryMode } from '../../../src/domain/sizing/entry-mode.js';
import {
  type EntryPlan,
  entryPlanner,
  type Follower,
  refusalAsFollower,
  type SignalPlan,
} from '../../../src/domain/sizing/plan-entry.js';
import { marketOf } from '../model/markets.js';
import type { StoredSignal, Task, User, Work } from './books.js';
import type { Leader } from './leader.js';
import { FEES, type Surroundings } from './surroundings.js';

const PAGE_SIZE = 2;
const PLATFORM_CAP = 50;
const MAX_LEVERAGE = 25;
const TOLERANCE = Decimal.of('0.5');

type TaskOf<Kind extends Task['kind']> = Extract<Task, { kind: Kind }>;

export class Handlers {
  constructor(
    private readonly world: Surroundings,
    private readonly leader: Leader,
  ) {}

  store(id: number, draft: SignalDraft): void {
    const { books } = this.world;
    const state: SignalState = {
      id,
      symbol: draft.symbol,
      side: draft.side,
      status: 'NEW',
      entryType: null,
      entry: Decimal.of(draft.entry),
      stopLoss: Decimal.of(draft.stopLoss),
      targetPrices: draft.targets.map((target) => Decimal.of(target)),
      targetHitAt: draft.targets.map(() => null),
      openedAt: null,
      closedAt: null,
      closeReason: null,
    };
    books.signals.set(id, { state, draft, dispatched: false, referencePrice: null });
    books.enqueue('signal', `${id}:dispatch`, draft.symbol, { kind: 'dispatch', signal: id });
  }

  /** Carries work out under `fence`. */
  perform(work: Work, fence: number): void {
    // One thread: nobody takes the work over between here and its end, so asking first is as good as rolling back.
    if (work.fence !== fence || !this.world.books.complete(work, fence)) return;
    const { task } = work;
    switch (task.kind) {
      case 'dispatch':
        return this.#dispatch(task.signal);
      case 'page':
        return this.#page(task);
      case 'close':
        return this.#close(task, work.id);
      case 'expire':
        return this.#command(task.signal, { kind: 'expire' });
      case 'target':
        return this.#staff(
          task.signal,
          { kind: 'target', target: task.target },
          { kind: 'target', target: task.target },
        );
      case 'stop':
        return this.#staff(task.signal, { kind: 'stop' }, { kind: 'stop' });
      case 'cancel':
        return this.#staff(task.signal, { kind: 'cancel', message: 'cancelled' }, { kind: 'cancel', reason: null });
    }
  }

  #dispatch(id: number): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    if (stored.dispatched || stored.state.status !== 'NEW') return;
    const { state } = stored;
    const text = this.world.latest(state.symbol);
    const price = text === undefined ? undefined : Decimal.of(text);
    const firstTarget = state.targetPrices[0] as Decimal;
    const question = { side: state.side, entry: state.entry, stopLoss: state.stopLoss, firstTarget };
    const mode = entryMode({ ...question, tolerancePercent: TOLERANCE }, price);
    stored.dispatched = true;
    stored.referencePrice = price ?? null;
    stored.state = { ...state, entryType: mode.type === 'REFUSED' ? null : mode.type };
    if (mode.type === 'MARKET') books.step(stored, openSignal(stored.state, mode.price, now));
    if (mode.type === 'REFUSED') {
      const step = signalOnCommand(stored.state, { kind: 'cancel', reason: mode.reason }, price ?? state.entry, now);
      if (step !== undefined) books.step(stored, step);
    }
    const refusal = mode.type === 'REFUSED' ? mode.reason : null;
    const followers = books.users.filter(({ on }) => on);
    for (let index = 0; index < followers.length; index += PAGE_SIZE) {
      const page = followers.slice(index, index + PAGE_SIZE);
      const range = { from: (page[0] as User).id, to: (page.at(-1) as User).id };
      books.enqueue('page', `${id}:${index}`, state.symbol, { kind: 'page', signal: id, ...range, refusal });
    }
    this.leader.track([], [stored.state]);
  }

  #page({ signal, from, to, refusal }: TaskOf<'page'>): void {
    const { books } = this.world;
    const stored = books.signals.get(signal) as StoredSignal;
    const plan = this.#planOf(stored, refusal);
    const users = books.users.filter(({ id, on }) => on && id >= from && id <= to);
    this.#reverse(stored, plan, users);
    const decide = entryPlanner(plan);
    const opened: PositionState[] = [];
    for (const user of users) {
      books.decide(signal, user.id);
      const decision = decide(followerOf(user));
      if (decision.verdict === 'OPENED') opened.push(this.#open(stored, plan, user, decision));
    }
    this.leader.track(opened);
  }

  #planOf(stored: StoredSignal, refusal: string | null): SignalPlan {
    const { state, draft, referencePrice } = stored;
    const entryType = state.entryType ?? 'LIMIT';
    const market = marketOf(state.symbol);
    const ended = isTerminalSignal(state.status) ? `SIGNAL_${state.status}` : null;
    return {
      signalId: state.id,
      symbol: state.symbol,
      side: state.side,
      entryType,
      entryPrice: entryType === 'MARKET' ? (referencePrice ?? state.entry) : state.entry,
      stopLoss: state.stopLoss,
      targets: state.targetPrices,
      isSpot: draft.tradeType === 'SPOT',
      refusal: refusal ?? ended,
      rules: {
        symbol: state.symbol,
        base: state.symbol.slice(0, -4),
        quote: 'USDT',
        tickSize: '0.00000001',
        lotStep: market.lotStep,
        minQty: market.minQty,
        minNotional: '1',
        maxLeverage: 125,
      },
      limits: {
        maxLeverage: MAX_LEVERAGE,
        maxConcurrentTrades: PLATFORM_CAP,
        allowedTiers: ['TRIAL'],
        entryFeePercent: entryType === 'MARKET' ? FEES.takerPercent : FEES.makerPercent,
        requireVerified: false,
      },
    };
  }

  #reverse(stored: StoredSignal, plan: SignalPlan, users: readonly User[]): void {
    const { books, now } = this.world;
    if (plan.refusal !== null) return;
    const opposite = oppositeSide(stored.state.side);
    const meant = users.filter((user) => user.reversal && refusalAsFollower(plan, followerOf(user)) === undefined);
    const ids = new Set(meant.map(({ id }) => id));
    for (const position of books.livePositions(stored.state.symbol)) {
      if (position.side !== opposite || !ids.has(position.userId)) continue;
      const command = { kind: 'reverse' as const, bySignal: stored.state.id };
      const change = onCommand(position, command, stored.referencePrice ?? plan.entryPrice, FEES, now);
      if (change !== undefined) books.write(change);
    }
  }

  #open(stored: StoredSignal, plan: SignalPlan, user: User, entry: EntryPlan): PositionState {
    const { books, now } = this.world;
    const isMarket = plan.entryType === 'MARKET';
    const held = isMarket ? entry.qty : Decimal.ZERO;
    const position: PositionState = {
      id: books.newest + 1,
      userId: user.id,
      accountId: user.id,
      signalId: stored.state.id,
      symbol: plan.symbol,
      side: plan.side,
      leverage: entry.leverage,
      status: isMarket ? 'OPEN' : 'PENDING',
      entryType: plan.entryType,
      plannedQty: entry.qty,
      qty: held,
      remainingQty: held,
      entryPrice: plan.entryPrice,
      exitPrice: null,
      stopLoss: plan.stopLoss,
      targetPrices: plan.targets,
      targetQtys: entry.targetQtys,
      targetHitAt: plan.targets.map(() => null),
      margin: entry.margin,
      realisedPnl: entry.entryFee.negated(),
      fees: entry.entryFee,
      closeReason: null,
      openedAt: isMarket ? now : null,
      closedAt: null,
    };
    const texts = { price: String(plan.entryPrice), qty: String(entry.qty), fee: String(entry.entryFee) };
    books.insert(position, isMarket ? { effect: 'ENTRY', ...texts } : undefined);
    user.balance = user.balance.minus(entry.entryFee);
    user.marginUsed = user.marginUsed.plus(entry.margin);
    user.openPositions += 1;
    books.touched.users.add(user);
    if (user.openPositions > Math.min(user.cap, PLATFORM_CAP)) throw new Error(`account.cap-holds: user ${user.id}`);
    const capital = Decimal.of(user.capital);
    if (capital.isPositive && user.marginUsed.gt(capital))
      throw new Error(`account.own-capital-holds: user ${user.id}`);
    if (user.marginUsed.gt(user.balance)) throw new Error(`account.margin-is-covered: user ${user.id}`);
    return position;
  }

  #staff(id: number, command: PositionCommand, report: Parameters<typeof signalOnCommand>[1]): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    const price = this.world.latest(stored.state.symbol) ?? String(stored.state.entry);
    this.#command(id, command, price);
    const step = signalOnCommand(stored.state, report, Decimal.of(price), now);
    if (step !== undefined) books.step(stored, step);
    if (stored.dispatched) this.leader.track([], [stored.state]);
  }

  #command(id: number, command: PositionCommand, price?: string): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    const exact = Decimal.of(price ?? String(stored.state.entry));
    const changed: PositionState[] = [];
    for (const position of books.livePositions(stored.state.symbol)) {
      if (position.signalId !== id) continue;
      const change = onCommand(position, command, exact, FEES, now);
      if (change === undefined) continue;
      books.write(change);
      if (onCommand(change.after, command, exact, FEES, now) !== undefined && command.kind !== 'close') {
        throw new Error(`position.same-again-changes-nothing: ${command.kind} of ${position.id}`);
      }
      changed.push(change.after);
    }
    this.leader.track(changed);
  }

  #close({ position: id, qty }: TaskOf<'close'>, workId: number): void {
    const { books, now } = this.world;
    const position = books.positions.get(id) as PositionState;
    const price = this.world.latest(position.symbol);
    if (price === undefined) return;
    const command = { kind: 'close' as const, qty: qty === null ? null : Decimal.of(qty), leg: `CLOSE${workId}` };
    const change = onCommand(position, command, Decimal.of(price), FEES, now);
    if (change === undefined) return;
    books.write(change);
    this.leader.track([change.after]);
  }
}

function followerOf(user: User): Follower {
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
    balance: user.balance.toString(),
    marginUsed: user.marginUsed.toString(),
    openPositions: user.openPositions,
  };
}
