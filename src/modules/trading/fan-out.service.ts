/**
 * Decides and opens one page of followers, in one transaction that also completes the page's work item.
 * Keeps: exactly one decision for each follower of the page; caps, balances and reversals are settled under the account
 * locks; a page that was taken over by another worker rolls back whole.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { oppositeSide } from '../../domain/instrument/side.js';
import { Decimal } from '../../domain/money/decimal.js';
import { onCommand } from '../../domain/position/on-command.js';
import type { PositionState } from '../../domain/position/position.js';
import { isTerminalSignal } from '../../domain/signal/signal.js';
import {
  entryPlanner,
  type Follower,
  refusalAsFollower,
  refuse,
  type SignalPlan,
} from '../../domain/sizing/plan-entry.js';
import { Clock } from '../../platform/clock/clock.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { EntryWriter, type OpenedEntry, type RefusedEntry } from './entry-writer.repository.js';
import type { SignalPage } from './dispatch.service.js';
import { FollowersRepository } from './followers.repository.js';
import { InstrumentsRepository } from './instruments.repository.js';
import { PositionChanges } from './position-changes.service.js';
import { PositionStateRepository } from './position-state.repository.js';
import { SignalStateRepository, type StoredSignal } from './signal-state.repository.js';

export interface FanOutParts {
  readonly followers: FollowersRepository;
  readonly signals: SignalStateRepository;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly writer: EntryWriter;
  readonly instruments: InstrumentsRepository;
  readonly clock: Clock;
}

@Injectable()
export class FanOutService {
  constructor(
    private readonly parts: FanOutParts,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What all followers of the signal share. */
  async planOf(signal: StoredSignal, refusal: string | null): Promise<SignalPlan> {
    const entryType = signal.entryType ?? 'LIMIT';
    const entryPrice = entryType === 'MARKET' ? (signal.referencePrice ?? signal.entry) : signal.entry;
    const { trading, auth } = this.config;
    const live = this.client.capabilities.mode === 'live';
    return {
      signalId: signal.id,
      symbol: signal.symbol,
      side: signal.side,
      entryType,
      entryPrice,
      stopLoss: signal.stopLoss,
      targets: signal.targetPrices,
      isSpot: signal.isSpot,
      refusal,
      rules: await this.parts.instruments.rulesOf(signal.symbol, signal.entry.toString()),
      limits: {
        maxLeverage: trading.MAX_LEVERAGE,
        maxConcurrentTrades: trading.MAX_CONCURRENT_TRADES,
        allowedTiers: live ? trading.AUTO_TRADE_TIERS_LIVE : trading.AUTO_TRADE_TIERS_PAPER,
        entryFeePercent: Decimal.of(
          entryType === 'MARKET' ? this.client.fees.takerPercent : this.client.fees.makerPercent,
        ),
        requireVerified: auth.REQUIRE_EMAIL_VERIFICATION,
      },
    };
  }

  /** Opens the page, in the caller's transaction. Answers the ids of the new positions. */
  async openPage(signal: StoredSignal, shared: SignalPlan, page: SignalPage): Promise<number[]> {
    const now = this.parts.clock.now();
    const held = shared.refusal === null ? await this.#lockOtherSide(signal, page) : [];
    const followers = await this.parts.followers.lockPage(page, this.client.code, signal.sourceId, now);
    const plan = await this.#unlessEnded(shared);
    const freed = await this.#reverse(signal, plan, followers, held);
    const decide = entryPlanner(plan);
    const opened: OpenedEntry[] = [];
    const refused: RefusedEntry[] = [];
    for (const row of followers) {
      const follower = withFreed(row, freed.get(row.accountId));
      const decision = decide(follower);
      if (decision.verdict === 'OPENED') opened.push({ follower, plan: decision });
      else refused.push({ userId: row.userId, refusal: decision });
    }
    const { mode } = this.client.capabilities;
    killPoint('fan-out:decided');
    await this.parts.writer.refuse(signal.id, refused, now);
    const ids = await this.parts.writer.open(plan, { mode, exchange: this.client.code }, opened, now);
    killPoint('fan-out:page-written');
    return ids;
  }

  /** Records that this page could not be decided, for the one follower in it. */
  async refuseBroken(signalId: number, userId: number, cause: string): Promise<void> {
    const refusal = refuse('INTERNAL_ERROR', { cause });
    await this.parts.writer.refuse(signalId, [{ userId, refusal }], this.parts.clock.now());
  }

  /** The market may end the signal while its pages wait: looked at when nothing is left to wait for, and held. */
  async #unlessEnded(plan: SignalPlan): Promise<SignalPlan> {
    const status = await this.parts.signals.holdStatus(plan.signalId);
    const hasEnded = status === undefined || isTerminalSignal(status);
    return plan.refusal === null && hasEnded ? { ...plan, refusal: `SIGNAL_${status ?? 'GONE'}` } : plan;
  }

  /** What the page's users who want reversals hold on the other side. Locked before their accounts, as everywhere. */
  async #lockOtherSide(signal: StoredSignal, page: SignalPage): Promise<PositionState[]> {
    const { positions } = this.parts;
    const opposite = oppositeSide(signal.side);
    if (!(await positions.anyLive(signal.symbol, opposite))) return [];
    return positions.lockForReversal(page.from_user, page.to_user, signal.symbol, opposite);
  }

  /** Closes what followers for whom the signal is meant hold on the other side; answers what that frees, by account. */
  async #reverse(
    signal: StoredSignal,
    plan: SignalPlan,
    followers: readonly Follower[],
    locked: readonly PositionState[],
  ): Promise<Map<number, Freed>> {
    const freed = new Map<number, Freed>();
    if (locked.length === 0) return freed;
    const meant = followers.filter((follower) => refusalAsFollower(plan, follower) === undefined);
    const accounts = new Set(meant.map((follower) => follower.accountId));
    const held = locked.filter((position) => accounts.has(position.accountId));
    const at = this.parts.clock.now();
    const price = signal.referencePrice ?? plan.entryPrice;
    await this.parts.changes.write(held, (position) => {
      const change = onCommand(position, { kind: 'reverse', bySignal: signal.id }, price, this.parts.changes.fees, at);
      if (change !== undefined) addFreed(freed, position, change.balanceDelta, change.marginDelta);
      return change;
    });
    return freed;
  }
}

interface Freed {
  readonly balance: Decimal;
  readonly margin: Decimal;
  readonly positions: number;
}

function addFreed(freed: Map<number, Freed>, position: PositionState, balance: Decimal, margin: Decimal): void {
  const before = freed.get(position.accountId) ?? { balance: Decimal.ZERO, margin: Decimal.ZERO, positions: 0 };
  freed.set(position.accountId, {
    balance: before.balance.plus(balance),
    margin: before.margin.plus(margin),
    positions: before.positions + 1,
  });
}

function withFreed(follower: Follower, freed: Freed | undefined): Follower {
  if (freed === undefined) return follower;
  return {
    ...follower,
    balance: Decimal.of(follower.balance).plus(freed.balance).toString(),
    marginUsed: Decimal.of(follower.marginUsed).plus(freed.margin).toString(),
    openPositions: follower.openPositions - freed.positions,
  };
}
