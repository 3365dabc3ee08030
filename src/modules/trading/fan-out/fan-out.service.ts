/**
 * Decides and opens one page of followers, in one transaction that also completes the page's work item.
 * Keeps: exactly one decision for each follower of the page; caps, balances and reversals are settled under the account
 * locks, then switches under the safety lock; a page that was taken over by another worker rolls back whole.
 */
import { Inject, Injectable } from '@nestjs/common';
import { oppositeSide } from '../../../domain/instrument/side.js';
import { onCommand } from '../../../domain/position/on-command.js';
import { oppositeAction } from '../../../domain/position/opposite.js';
import type { ResolvedPlan } from '../../../domain/plan/resolve-plan.js';
import type { SafetyRefusal } from '../../../domain/safety/switches.js';
import { isTerminalSignal } from '../../../domain/signal/signal.js';
import { type EntryPlanner, entryPlanner } from '../../../domain/risk/decide-entry.js';
import type { Follower, SignalPlan } from '../../../domain/sizing/plan-entry.js';
import { Clock } from '../../../platform/clock/clock.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../../ports/exchange-client.js';
import { SafetyGate } from '../../safety/safety-gate.repository.js';
import {
  EntryWriter,
  type LaidOut,
  type OpenedEntry,
  type OpenedPosition,
  type RefusedEntry,
} from './entry-writer.repository.js';
import type { SignalPage } from './dispatch.service.js';
import { FollowersRepository } from './followers.repository.js';
import { PositionChanges } from '../changes/position-changes.service.js';
import { type SignalBase, SignalPlans } from './signal-plans.service.js';
import { OtherSides } from './other-sides.js';
import { type OppositeHolding, PositionStateRepository } from '../changes/position-state.repository.js';
import { RiskFactsRepository } from './risk-facts.repository.js';
import { SignalStateRepository, type StoredSignal } from '../signals/signal-state.repository.js';

export interface FanOutParts {
  readonly followers: FollowersRepository;
  readonly signals: SignalStateRepository;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly writer: EntryWriter;
  readonly plans: SignalPlans;
  readonly safety: SafetyGate;
  readonly risk: RiskFactsRepository;
  readonly clock: Clock;
}

/** New positions that follow the same plan. */
export interface OpenedGroup {
  readonly positions: readonly OpenedPosition[];
  readonly plan: LaidOut;
}

interface Group {
  readonly key: string;
  readonly plan: SignalPlan;
  readonly resolved: ResolvedPlan;
  readonly planner: EntryPlanner;
  readonly followers: readonly Follower[];
}

/** The signal was edited since the page read it: the page is to be planned anew. */
export class SignalEdited extends Error {}

/** The key of followers without settings of plans: most of them. */
const COMMON_PLAN = '';

@Injectable()
export class FanOutService {
  /** The stored context of the common plan of a base. */
  readonly #commonContexts = new WeakMap<SignalBase, number>();
  /** Bases that are being read: pages of one signal that start together read it once. */
  readonly #reading = new Map<string, Promise<SignalBase>>();

  constructor(
    private readonly parts: FanOutParts,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  /**
   * What all followers of the signal share. Called before the page's transaction: what most followers' positions and
   * receipts refer to is committed by then, so that pages do not wait for each other to store it.
   */
  baseOf(signal: StoredSignal, refusal: string | null): Promise<SignalBase> {
    const key = JSON.stringify([signal.id, signal.editVersion, refusal]);
    const shared = this.#reading.get(key);
    if (shared !== undefined) return shared;
    const reading = this.#readBase(signal, refusal).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readBase(signal: StoredSignal, refusal: string | null): Promise<SignalBase> {
    const { plans } = this.parts;
    const base = await plans.baseOf(signal, refusal);
    const { plan, resolved } = plans.planFor(base, COMMON_PLAN);
    const { layout } = plan;
    const [contextId] = await Promise.all([
      plans.contextOf(plan),
      layout === null ? undefined : plans.idOf({ layout }, resolved),
    ]);
    this.#commonContexts.set(base, contextId);
    return base;
  }

  /** Opens the page, in the caller's transaction. Answers the new positions, by the plan that they follow. */
  async openPage(shared: SignalBase, page: SignalPage): Promise<OpenedGroup[]> {
    const { signal } = shared;
    const now = this.parts.clock.now();
    const held = shared.refusal === null ? await this.#lockOtherSide(signal, page) : [];
    const followers = await this.parts.followers.lockPage(page, this.client.code, signal.sourceId, now);
    const base = await this.#unlessEnded(shared);
    const groups = this.#groups(base, followers, now);
    const subject = { signalId: signal.id, sourceId: signal.sourceId, symbol: signal.symbol };
    const safety = await this.parts.safety.forPage(subject, followers);
    const others = await this.#settleOtherSide(signal, groups, held, !safety.isSourceStopped);
    const opened: OpenedGroup[] = [];
    const refused: RefusedEntry[] = [];
    for (const group of groups) {
      const contextId = await this.#contextOf(base, group);
      const settled = group.followers.map((follower) =>
        withStops(others.settled(follower), safety.refusalsOf(follower)),
      );
      const complete = await this.parts.risk.complete(group.plan, settled, this.parts.changes.fees, now);
      const entries = decide({ ...group, followers: complete }, contextId, refused);
      killPoint('fan-out:decided');
      const { layout } = group.plan;
      if (entries.length === 0 || layout === null) continue;
      const planId = await this.parts.plans.idOf({ layout }, group.resolved);
      const laidOut: LaidOut = { ...group.plan, layout, planId, contextId };
      const { mode } = this.client.capabilities;
      const positions = await this.parts.writer.open(laidOut, { mode, exchange: this.client.code }, entries, now);
      opened.push({ positions, plan: laidOut });
      await safety.noteOpened(entries.map(({ follower }) => follower));
    }
    await this.parts.writer.refuse(signal.id, refused, now);
    killPoint('fan-out:page-written');
    return opened;
  }

  async #contextOf(base: SignalBase, { key, plan }: Group): Promise<number> {
    const common = key === COMMON_PLAN ? this.#commonContexts.get(base) : undefined;
    return common ?? this.parts.plans.contextOf(plan);
  }

  /** Followers who follow the signal by the same plan, in the order of their ids. */
  #groups(base: SignalBase, followers: readonly Follower[], now: Date): Group[] {
    const groups = new Map<string, Group & { followers: Follower[] }>();
    for (const follower of followers) {
      let group = groups.get(follower.planKey);
      if (group === undefined) {
        const planned = this.parts.plans.planFor(base, follower.planKey);
        group = { ...planned, key: follower.planKey, planner: entryPlanner(planned.plan, now), followers: [] };
        groups.set(follower.planKey, group);
      }
      group.followers.push(follower);
    }
    return [...groups.values()];
  }

  /** Records that this page could not be decided, for the one follower in it. */
  async refuseBroken(signalId: number, userId: number, cause: string): Promise<void> {
    const refusal = { verdict: 'REFUSED', reason: 'INTERNAL_ERROR', detail: { cause } } as const;
    const refused = [{ userId, refusal, facts: null, contextId: null }];
    await this.parts.writer.refuse(signalId, refused, this.parts.clock.now());
  }

  /**
   * The market may end the signal while its pages wait, and its owner may edit it: looked at when nothing is left to wait
   * for, and held. Throws `SignalEdited` where the page would be planned by an older version.
   */
  async #unlessEnded(base: SignalBase): Promise<SignalBase> {
    const held = await this.parts.signals.hold(base.signal.id);
    const hasEnded = held === undefined || isTerminalSignal(held.status);
    if (base.refusal === null && hasEnded) return { ...base, refusal: `SIGNAL_${held?.status ?? 'GONE'}` };
    if (held !== undefined && held.edit_version !== base.signal.editVersion) throw new SignalEdited();
    return base;
  }

  /** What the page's users hold on the other side. Locked before their accounts, as everywhere. */
  async #lockOtherSide(signal: StoredSignal, page: SignalPage): Promise<OppositeHolding[]> {
    const { positions } = this.parts;
    const opposite = oppositeSide(signal.side);
    if (!(await positions.anyLive(signal.symbol, opposite))) return [];
    return positions.lockOpposite(page.from_user, page.to_user, signal.symbol, opposite);
  }

  /**
   * Closes of what followers for whom the signal is meant hold on the other side what its plans want closed; answers what
   * that frees and what stands, by account.
   */
  async #settleOtherSide(
    signal: StoredSignal,
    groups: readonly Group[],
    locked: readonly OppositeHolding[],
    mayClose: boolean,
  ): Promise<OtherSides> {
    const sides = new OtherSides();
    if (locked.length === 0) return sides;
    const meant = groups.flatMap(({ planner, followers }) =>
      followers.filter((follower) => planner.refusalAsFollower(follower) === undefined),
    );
    const accounts = new Set(meant.map((follower) => follower.accountId));
    const closing = locked.filter((holding) => {
      const { position, settings } = holding;
      const hasPrice = signal.referencePrice !== null || position.status === 'PENDING';
      const isAsked = mayClose && hasPrice && accounts.has(position.accountId);
      const action = isAsked ? oppositeAction(position, settings) : 'IGNORE';
      sides.note(holding, action);
      return action !== 'IGNORE';
    });
    const at = this.parts.clock.now();
    const price = signal.referencePrice ?? signal.entry;
    const command = { kind: 'reverse', bySignal: signal.id } as const;
    await this.parts.changes.write(
      closing.map(({ position }) => position),
      (position) => {
        const change = onCommand(position, command, price, this.parts.changes.fees, at);
        if (change !== undefined) sides.free(position, change.balanceDelta, change.marginDelta);
        return change;
      },
    );
    return sides;
  }
}

/** Decides for every follower of a group; those refused are added to `refused`. */
function decide({ planner, followers }: Group, contextId: number, refused: RefusedEntry[]): OpenedEntry[] {
  const opened: OpenedEntry[] = [];
  for (const follower of followers) {
    const { outcome, facts } = planner.decide(follower);
    if (outcome.verdict === 'OPENED') opened.push({ follower, plan: outcome, facts });
    else refused.push({ userId: follower.userId, refusal: outcome, facts, contextId });
  }
  return opened;
}

function withStops(follower: Follower, switches: readonly SafetyRefusal[]): Follower {
  return switches.length === 0 ? follower : { ...follower, switches };
}
