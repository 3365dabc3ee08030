/**
 * The limits of owners on what an edit of their trades adds or puts at risk.
 * Keeps: read under the locks of positions, then accounts, then switches; a position whose edit cannot touch a limit costs
 * nothing. By hand all limits are asked, and switches; an edit of a signal moves prices only, and so the worst case.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { GrowthLimit, PositionEdit } from '../../../domain/position/edit.js';
import type { FeeRates, PositionState } from '../../../domain/position/position.js';
import { limitRefusal } from '../../../domain/risk/growth.js';
import type { Follower } from '../../../domain/sizing/plan-entry.js';
import { Clock } from '../../../platform/clock/clock.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../../ports/exchange-client.js';
import { SafetyGate } from '../../safety/safety-gate.repository.js';
import { FollowersRepository } from '../fan-out/followers.repository.js';
import { RiskFactsRepository } from '../fan-out/risk-facts.repository.js';

@Injectable()
export class EditLimits {
  constructor(
    private readonly followers: FollowersRepository,
    private readonly risk: RiskFactsRepository,
    private readonly safety: SafetyGate,
    private readonly clock: Clock,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  /** By position. All of `positions` are locked and of one symbol and side. */
  async of(
    positions: readonly PositionState[],
    edit: PositionEdit,
    fees: FeeRates,
  ): Promise<ReadonlyMap<number, GrowthLimit>> {
    const asked = positions.filter((position) => mayGrow(position, edit));
    const [first] = asked;
    if (first === undefined) return new Map();
    const at = this.clock.now();
    const limit = edit.by === 'signal' ? 'max_worst_case_loss_usdt' : null;
    const users = [...new Set(asked.map(({ userId }) => userId))];
    const locked = await this.followers.lockOwners(users, limit, this.client.code, at);
    const subject = { symbol: first.symbol, side: first.side, sourceId: 0 };
    const owners = new Map<number, Follower>();
    for (const owner of await this.risk.complete(subject, locked, fees, at)) owners.set(owner.userId, owner);
    const switches = isAdding(edit) ? await this.safety.forManual(first) : [];
    return new Map(
      asked.flatMap(({ id, userId }) => {
        const owner = owners.get(userId);
        if (owner === undefined) return [];
        const follower = { ...owner, switches };
        const growth: GrowthLimit = (before, after) => limitRefusal(before, after, follower, fees, at);
        return [[id, growth] as const];
      }),
    );
  }
}

function isAdding({ addEntries = [] }: PositionEdit): boolean {
  return addEntries.length > 0;
}

/** A signal's edit moves the prices of what waits; of what is held it takes the stop toward profit only. */
function mayGrow({ status }: PositionState, edit: PositionEdit): boolean {
  const { entry, stopLoss, plan = {} } = edit;
  const movesPrices =
    entry !== undefined ||
    stopLoss !== undefined ||
    plan['entry.prices'] !== undefined ||
    plan['stop.unit'] !== undefined ||
    plan['stop.value'] !== undefined;
  return isAdding(edit) || (movesPrices && (status === 'PENDING' || edit.by === 'owner'));
}
