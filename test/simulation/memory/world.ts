/**
 * The product in memory: its pure rules and its trigger books, driven as the services drive them, by commands.
 * Keeps: what would be lost with a process (`Leader`) is apart from what is stored (`Books`); work runs in any order that
 * the queue allows, and what a stale holder did is rolled back.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import { parsePlan } from '../../../src/domain/plan/parse-plan.js';
import { NO_CAPS, readUserPlan, type UserPlan } from '../../../src/domain/plan/user-plan.js';
import { growsAt } from '../../../src/domain/position/on-price.js';
import { moved as movedBy } from '../../../src/domain/position/prices.js';
import { effectiveStop } from '../../../src/domain/position/stops.js';
import type { SwitchScope } from '../../../src/domain/safety/switches.js';
import { canonicalSymbol, checkSignal, type SignalDraft } from '../../../src/domain/signal/check-signal.js';
import type { SignalEditRequest } from '../../../src/domain/signal/edit-signal.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { isTerminalPosition } from '../../../src/domain/position/position-status.js';
import { TickGate } from '../../../src/modules/market-data/tick-gate.js';
import { ManualClock } from '../../../src/platform/clock/manual-clock.js';
import type { Command, Commands } from '../model/commands.js';
import { MARKETS, marketOf, moved, postOf, symbolOf, textOf } from '../model/markets.js';
import { Books, OPENING, type Work } from './books.js';
import { Handlers } from './handlers.js';
import { Leader } from './leader.js';
import { Safety } from './safety.js';
import type { FeeRates } from '../../../src/domain/position/position.js';
import type { Realism } from '../../../src/domain/paper/fill-model.js';
import { feesOf, type Surroundings } from './surroundings.js';

const USERS = 4;

const CROSS = { plan: { margin: { mode: 'CROSS' } }, caps: { allow_cross_margin: true, allow_no_stop: true } };

/**
 * What followers say of plans themselves: nothing, a stop that moves, safety orders with cross margin, and that there may be
 * no stop and cross margin where a signal asks for it.
 */
const USER_PLANS: readonly UserPlan[] = [
  { spec: {}, caps: NO_CAPS },
  {
    spec: parsePlan({ stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] }, targets: { split: 'DECREASING' } })
      .spec,
    caps: NO_CAPS,
  },
  readUserPlan(CROSS, { enabled: true, steps: 2, stepPercent: '0.5' }),
  { spec: {}, caps: { maxSafetyLevels: 1, maxInvestmentUsdt: '50', allowsNoStop: true, allowsCross: true } },
];

const MS_PER_SECOND = 1_000;

/** Bigger lists of live things make a step slow and find nothing more. */
const MOST_LIVE_SIGNALS = 12;

export class World implements Surroundings {
  readonly books: Books;
  readonly fees: FeeRates;
  readonly safety = new Safety();
  readonly clock = new ManualClock();
  readonly leader: Leader;
  readonly handlers: Handlers;
  /** Symbols whose price was applied in full since the last check. */
  readonly looked = new Set<string>();
  readonly #gate: TickGate;
  readonly #prices = new Map<string, bigint>();
  readonly #stalled: { work: Work; fence: number }[] = [];
  #closes = 0;
  #reductions = 0;

  constructor(readonly realism: Realism = 'off') {
    this.fees = feesOf(realism);
    this.books = new Books((position) => !this.isBarred(position), realism === 'off');
    this.#gate = new TickGate({ isSimulated: true, staleMs: 30_000 }, this.clock);
    for (let id = 1; id <= USERS; id += 1) {
      const size = { perTrade: ['5', '50', '3000', '3'][id - 1] as string, leverage: [10, 1, 25, 5][id - 1] as number };
      const room = { cap: [50, 3, 50, 2][id - 1] as number, capital: id === 2 ? '120' : '0' };
      const purse = { balance: OPENING, marginUsed: Decimal.ZERO, openPositions: 0 };
      const plan = USER_PLANS[id - 1] as UserPlan;
      this.books.users.push({ id, plan, ...size, ...room, ...purse, reversal: id !== 3, on: true });
    }
    for (const { symbol, start } of MARKETS) this.#prices.set(symbol, start);
    this.leader = new Leader(this);
    this.handlers = new Handlers(this, this.leader);
    this.leader.lead();
    for (const { symbol } of MARKETS) this.#move(symbol, this.#prices.get(symbol) as bigint);
  }

  get now(): Date {
    return this.clock.now();
  }

  /** The newest price, for whoever leads. */
  latest(symbol: string): string | undefined {
    return this.leader.isLeading ? this.#gate.fresh(symbol)?.price : undefined;
  }

  isBarred({ userId, accountId, signalId, symbol }: Parameters<Surroundings['isBarred']>[0]): boolean {
    const sourceId = this.books.signals.get(signalId ?? 0)?.sourceId ?? null;
    return this.safety.refusalsOf({ userId, accountId, sourceId, symbol }, this.now).length > 0;
  }

  liveOf(userId: number): PositionState[] {
    return [...this.books.positions.values()].filter((p) => p.userId === userId && !isTerminalPosition(p.status));
  }

  realisedOf(userId: number): Decimal {
    return Decimal.sum(
      [...this.books.positions.values()].filter((p) => p.userId === userId).map(({ realisedPnl }) => realisedPnl),
    );
  }

  run(command: Command): void {
    const act = this.#actions[command.do] as (fields: Command) => void;
    act(command);
  }

  /** Runs all work that may run, and again what it causes. */
  drain(): void {
    for (let work = this.#runnable()[0]; work !== undefined; work = this.#runnable()[0]) this.#perform(work);
  }

  readonly #actions: { readonly [Kind in keyof Commands]: (fields: Commands[Kind]) => void } = {
    post: (fields) => this.#post(fields),
    repost: ({ signal }) => {
      const ids = [...this.books.signals.keys()];
      const stored = this.books.signals.get(ids[signal % Math.max(1, ids.length)] ?? 0);
      if (stored !== undefined) this.#publish(stored.draft, `key-${stored.state.id}`);
    },
    target: ({ signal, target }) => this.#report(signal, (id) => ({ kind: 'target', signal: id, target })),
    stop: ({ signal }) => this.#report(signal, (id) => ({ kind: 'stop', signal: id })),
    cancel: ({ signal }) => this.#report(signal, (id) => ({ kind: 'cancel', signal: id })),
    reduce: ({ signal, percent }) => this.#report(signal, (id) => ({ kind: 'reduce', signal: id, percent })),
    withdraw: ({ signal }) => this.#report(signal, (id) => ({ kind: 'withdraw', signal: id })),
    edit: ({ signal, ...parts }) => this.#edit(signal, parts),
    editByHand: ({ position, ...parts }) => {
      const found = this.#live(position);
      if (found === undefined) return;
      const { stopLoss, entry, targets } = editOf(found, parts);
      this.handlers.editing.editByHand(found, {
        ...(stopLoss === undefined ? {} : { stopLoss: Decimal.of(stopLoss) }),
        ...(entry === undefined ? {} : { entry: Decimal.of(entry) }),
        ...(targets === undefined ? {} : { targets: targets.map((target) => Decimal.of(target)) }),
      });
    },
    close: ({ position, share }) => this.#close(position, share),
    tick: ({ symbol, move }) => this.#move(symbolOf(symbol), this.#moved(symbolOf(symbol), move)),
    reach: ({ position, what }) => this.#reach(position, what),
    press: ({ account, percent }) => {
      this.leader.reviewAccounts();
      const pressed = this.leader.cross.pressed(account, percent, (symbol) => this.latest(symbol));
      for (const { symbol, price } of pressed) this.#move(symbol, unitsOf(price, marketOf(symbol).places));
    },
    noise: ({ symbol, text }) => {
      const fault = this.#gate.check({ symbol: symbolOf(symbol), price: text, at: this.now });
      if (fault === undefined) throw new Error(`price.only-believable: ${JSON.stringify(text)} was taken`);
    },
    late: ({ symbol, move, ms }) => {
      const price = this.#text(symbolOf(symbol), this.#moved(symbolOf(symbol), move));
      const at = new Date((this.#gate.fresh(symbolOf(symbol))?.at.getTime() ?? 0) - ms);
      if (this.#gate.check({ symbol: symbolOf(symbol), price, at }) === undefined && this.leader.isLeading) {
        throw new Error('price.only-believable: a price older than the last was taken');
      }
    },
    again: ({ symbol }) => this.#move(symbolOf(symbol), this.#prices.get(symbolOf(symbol)) as bigint),
    work: ({ pick }) => {
      const ready = this.#runnable();
      const work = ready[pick % Math.max(1, ready.length)];
      if (work !== undefined) this.#perform(work);
    },
    drain: () => this.drain(),
    stall: ({ pick }) => {
      const ready = this.#runnable();
      const work = ready[pick % Math.max(1, ready.length)];
      if (work !== undefined) this.#stalled.push({ work, fence: (work.fence += 1) });
    },
    wake: () => {
      const { work, fence } = this.#stalled.shift() ?? {};
      // Its lease ran out meanwhile; where nobody else took the work, it may still do it.
      if (work !== undefined && fence !== undefined && this.#mayRun(work)) this.handlers.perform(work, fence);
    },
    die: ({ symbol, move, after }) => {
      this.leader.dieAfter = after;
      this.#move(symbolOf(symbol), this.#moved(symbolOf(symbol), move));
      if (this.leader.dieAfter !== undefined) this.leader.rest();
      this.leader.dieAfter = undefined;
    },
    lead: () => {
      if (this.leader.isLeading) return;
      this.#gate.reset();
      this.leader.lead();
      for (const { symbol } of MARKETS) this.#move(symbol, this.#prices.get(symbol) as bigint);
    },
    clock: ({ ms }) => this.clock.jumpTo(new Date(this.now.getTime() + ms)),
    round: () => {
      this.clock.advance(MS_PER_SECOND);
      this.safety.noteEnds(this.now);
      this.#switchesChanged();
      this.leader.round();
      this.leader.reviewAccounts();
      this.leader.savePrices(MARKETS.map(({ symbol }) => symbol));
    },
    switch: ({ scope, pick, mode, seconds }) => {
      const expiresAt = seconds === null ? null : new Date(this.now.getTime() + seconds * MS_PER_SECOND);
      const item = this.safety.set({ scope, value: valueOf(scope, pick), mode, expiresAt });
      if (item === undefined) return;
      if (mode === 'flatten') this.books.enqueue('flatten', String(item.id), '', { kind: 'flatten', item: item.id });
      this.#switchesChanged();
    },
    clear: ({ pick }) => {
      const { active } = this.safety;
      const item = active[pick % Math.max(1, active.length)];
      if (item === undefined) return;
      this.safety.clear(item.id);
      this.#switchesChanged();
    },
    settings: ({ user, perTrade, leverage, cap, capital, reversal, on }) => {
      const target = this.books.user((user % USERS) + 1);
      Object.assign(target, { perTrade: String(perTrade), leverage, cap, capital: String(capital), reversal, on });
    },
  };

  #post(fields: Commands['post']): void {
    const live = [...this.books.signals.values()].filter(({ state }) => !isTerminalSignal(state.status));
    if (live.length >= MOST_LIVE_SIGNALS) return;
    const { draft } = postOf(fields, this.#prices.get(symbolOf(fields.symbol)) as bigint);
    if (draft !== undefined) this.#publish(draft, undefined);
  }

  #publish(draft: SignalDraft, key: string | undefined): void {
    if (checkSignal({ ...draft, symbol: canonicalSymbol(draft.symbol) }).length > 0) return;
    const earlier = key === undefined ? undefined : this.books.keys.get(key);
    if (earlier !== undefined) return;
    const id = this.books.signals.size + 1;
    this.books.keys.set(`key-${id}`, id);
    this.handlers.store(id, draft);
  }

  #report(pick: number, task: (id: number) => Work['task'] & { signal: number }): void {
    const ids = [...this.books.signals.keys()];
    const id = ids[ids.length - 1 - (pick % Math.max(1, ids.length))];
    if (id === undefined) return;
    const stored = this.books.signals.get(id);
    const wanted = task(id);
    if (stored === undefined || (wanted.kind === 'target' && wanted.target > stored.state.targetPrices.length)) return;
    const which = wanted.kind === 'reduce' ? `reduce:${(this.#reductions += 1)}` : wanted.kind;
    const suffix = wanted.kind === 'target' ? `target:${wanted.target}` : which;
    this.books.enqueue('signal', `${id}:${suffix}`, stored.state.symbol, wanted);
  }

  #edit(pick: number, parts: Parts): void {
    const ids = [...this.books.signals.keys()];
    const stored = this.books.signals.get(ids[ids.length - 1 - (pick % Math.max(1, ids.length))] ?? 0);
    if (stored === undefined || isTerminalSignal(stored.state.status)) return;
    const { symbol, side, stopLoss, targetPrices, entry } = stored.state;
    const request = editOf({ symbol, side, stopLoss, targetPrices, legPrices: [entry] }, parts);
    this.handlers.editing.editSignal(stored, request);
  }

  #switchesChanged(): void {
    this.leader.reconsider();
    if (!this.leader.isLeading) return;
    for (const position of this.books.allLive()) {
      const price = this.leader.isHeld(position.id) ? this.latest(position.symbol) : undefined;
      if (price === undefined || !growsAt(position, Decimal.of(price), this.fees, this.clock.now())) continue;
      if (!this.isBarred(position)) throw new Error(`safety.nothing-is-held-without-a-switch: ${position.id}`);
    }
  }

  #live(pick: number): PositionState | undefined {
    const live = [...this.books.live.values()].flatMap((ids) => [...ids]);
    return this.books.positions.get(live[pick % Math.max(1, live.length)] ?? 0);
  }

  #close(pick: number, share: number): void {
    const position = this.#live(pick);
    if (position === undefined || (position.status === 'PENDING' && share < 100)) return;
    const step = Decimal.of(marketOf(position.symbol).lotStep);
    const lots = position.remainingQty.times(Decimal.of((share / 100).toFixed(2))).wholeTimes(step);
    if (share < 100 && lots === 0n) return;
    const qty = share === 100 ? null : Decimal.ofInteger(lots).times(step).toString();
    const key = qty === null ? `${position.id}:whole` : `${position.id}:${(this.#closes += 1)}`;
    this.books.enqueue('close', key, position.symbol, { kind: 'close', position: position.id, qty });
  }

  #reach(pick: number, what: Commands['reach']['what']): void {
    const position = this.#live(pick);
    if (position === undefined) return;
    const { legPrices, targetPrices, targetHitAt, entryPrice } = position;
    const price = {
      entry: legPrices[0] ?? entryPrice,
      'deepest-entry': legPrices.at(-1) ?? entryPrice,
      stop: effectiveStop(position) ?? entryPrice,
      target: targetPrices[targetHitAt.indexOf(null)] ?? entryPrice,
      'last-target': targetPrices.at(-1) ?? entryPrice,
    }[what];
    this.#move(position.symbol, unitsOf(price, marketOf(position.symbol).places));
  }

  #move(symbol: string, units: bigint): void {
    if (units <= 0n) return;
    this.#prices.set(symbol, units);
    const tick = { symbol, price: this.#text(symbol, units), at: this.#later(symbol) };
    if (!this.leader.isLeading) return;
    const fault = this.#gate.check(tick);
    if (fault !== undefined) throw new Error(`price.only-believable: a good price was refused: ${fault}`);
    this.leader.onTick(tick);
    if (this.leader.isLeading) this.looked.add(symbol);
  }

  /** A market's time does not go back when a machine's clock does. */
  #later(symbol: string): Date {
    const last = this.#gate.fresh(symbol)?.at;
    return last !== undefined && last > this.now ? last : this.now;
  }

  #moved(symbol: string, hundredths: number): bigint {
    return moved(this.#prices.get(symbol) as bigint, hundredths);
  }

  #text(symbol: string, units: bigint): string {
    return textOf(symbol, units);
  }

  #runnable(): Work[] {
    return this.books.open.filter((work) => this.#mayRun(work));
  }

  /** Pages are served by every worker; the rest by the leader, one symbol in order, after the symbol's pages. */
  #mayRun(work: Work): boolean {
    if (!work.isOpen) return false;
    if (work.queue === 'page') return true;
    if (!this.leader.isLeading) return false;
    if (work.queue === 'close' || work.queue === 'flatten') return this.handlers.isReady(work);
    const before = this.books.open.some(
      (other) =>
        other.symbol === work.symbol && (other.queue === 'page' || (other.queue === 'signal' && other.id < work.id)),
    );
    return !before;
  }

  #perform(work: Work): void {
    this.handlers.perform(work, (work.fence += 1));
  }
}

function unitsOf(price: Decimal, places: number): bigint {
  return price.wholeTimes(Decimal.ONE.dividedBy(Decimal.ofInteger(10n ** BigInt(places)), places, 'floor'));
}

type Parts = Omit<Commands['edit'], 'signal'>;

type Editable = Pick<PositionState, 'symbol' | 'side' | 'stopLoss' | 'targetPrices' | 'legPrices'>;

/** The edit that moves parts by hundredths of a percent toward profit. */
function editOf({ symbol, side, stopLoss, targetPrices, legPrices }: Editable, parts: Parts): SignalEditRequest {
  const { places } = marketOf(symbol);
  const by = (price: Decimal, hundredths: number) =>
    movedBy(side, price, Decimal.of((hundredths / 100).toFixed(2)))
      .rounded(places, 'half_even')
      .toString();
  const { stop, targets, entry } = parts;
  return {
    ...(stop === null || stopLoss === null ? {} : { stopLoss: by(stopLoss, stop) }),
    ...(targets === null ? {} : { targets: targetPrices.map((price) => by(price, targets)) }),
    ...(entry === null ? {} : { entry: by(legPrices[0] as Decimal, entry) }),
  };
}

function valueOf(scope: SwitchScope, pick: number): string {
  if (scope === 'platform') return '';
  if (scope === 'symbol') return symbolOf(pick);
  return String(1 + (pick % (scope === 'source' ? 2 : USERS)));
}
