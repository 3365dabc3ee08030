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
import { entryPlanner, refuse, type SignalPlan } from '../../domain/sizing/plan-entry.js';
import { Clock } from '../../platform/clock/clock.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { EntryWriter, type OpenedEntry, type RefusedEntry } from './entry-writer.repository.js';
import type { SignalPage } from './dispatch.service.js';
import { type FollowerRow, FollowersRepository } from './followers.repository.js';
import { InstrumentsRepository } from './instruments.repository.js';
import { PositionChanges } from './position-changes.service.js';
import { PositionStateRepository } from './position-state.repository.js';
import type { StoredSignal } from './signal-state.repository.js';

export interface FanOutParts {
  readonly followers: FollowersRepository;
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
  async openPage(signal: StoredSignal, plan: SignalPlan, page: SignalPage): Promise<number[]> {
    const now = this.parts.clock.now();
    const followers = await this.parts.followers.lockPage(page, this.client.code, signal.sourceId, now);
    const freed = plan.refusal === null ? await this.#reverse(signal, plan, followers) : new Map<number, Freed>();
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
    await this.parts.writer.refuse(signal.id, refused, now);
    return this.parts.writer.open(plan, { mode, exchange: this.client.code }, opened, now);
  }

  /** Records that this page could not be decided, for the one follower in it. */
  async refuseBroken(signalId: number, userId: number, cause: string): Promise<void> {
    const refusal = refuse('INTERNAL_ERROR', { cause });
    await this.parts.writer.refuse(signalId, [{ userId, refusal }], this.parts.clock.now());
  }

  /** Closes what followers with auto-reversal hold on the other side; answers what that frees, by account. */
  async #reverse(
    signal: StoredSignal,
    plan: SignalPlan,
    followers: readonly FollowerRow[],
  ): Promise<Map<number, Freed>> {
    const freed = new Map<number, Freed>();
    const opposite = oppositeSide(signal.side);
    const reversing = followers.filter((follower) => follower.autoReversal).map((follower) => follower.userId);
    if (reversing.length === 0 || !(await this.parts.positions.anyLive(signal.symbol, opposite))) return freed;
    const held = await this.parts.positions.lockOpposite(reversing, signal.symbol, opposite);
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

function withFreed(follower: FollowerRow, freed: Freed | undefined): FollowerRow {
  if (freed === undefined) return follower;
  return {
    ...follower,
    balance: Decimal.of(follower.balance).plus(freed.balance).toString(),
    marginUsed: Decimal.of(follower.marginUsed).plus(freed.margin).toString(),
    openPositions: follower.openPositions - freed.positions,
  };
}
