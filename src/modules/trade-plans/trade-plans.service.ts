/**
 * Shows and changes the layers of plans, and tells for a user and a signal what they come to and why.
 * Keeps: a layer is stored as it was checked; each change has its audit row in the same transaction.
 */
import { Injectable } from '@nestjs/common';
import { parsePlan, planText, type PlanSpec } from '../../domain/plan/parse-plan.js';
import type { PlanProblem } from '../../domain/plan/parse-plan.js';
import { resolvePlan, type ResolvedPlan } from '../../domain/plan/resolve-plan.js';
import { capsText, readCaps, readUserPlan } from '../../domain/plan/user-plan.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { invalidInput } from '../../platform/http/validation.js';
import { PlanLayersRepository } from './plan-layers.repository.js';
import { planError } from './trade-plans.errors.js';

export interface UserPlanChange {
  readonly plan?: unknown;
  readonly caps?: unknown;
}

@Injectable()
export class TradePlansService {
  constructor(
    private readonly layers: PlanLayersRepository,
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  async ofUser(userId: number): Promise<{ plan: object; caps: object }> {
    const stored = await this.layers.user(userId);
    if (stored === undefined) throw planError('USER_NOT_FOUND');
    const { plan, caps } = Object(stored.plan) as { plan?: unknown; caps?: unknown };
    return { plan: planText(parsePlan(plan ?? {}).spec), caps: capsText(readCaps(caps).caps) };
  }

  /** Replaces what is named: the plan, the caps, or both. Throws 400 naming the fields, 404 for an unknown user. */
  async changeUser(userId: number, change: UserPlanChange, caller: UserCaller): Promise<void> {
    const plan = change.plan === undefined ? undefined : checked(change.plan);
    const caps = change.caps === undefined ? undefined : readCaps(change.caps);
    if (caps !== undefined && caps.problems.length > 0) throw invalidInput([...caps.problems]);
    await this.database.transaction(async () => {
      const before = await this.ofUser(userId);
      const after = {
        plan: plan === undefined ? before.plan : planText(plan),
        caps: caps === undefined ? before.caps : capsText(caps.caps),
      };
      await this.layers.changeUser(userId, isEmpty(after) ? {} : after);
      await this.#record('plan.user', `user:${userId}`, before, after, caller);
    });
  }

  async ofPlatform(): Promise<object> {
    return planText(parsePlan(await this.layers.platform()).spec);
  }

  async changePlatform(plan: unknown, caller: UserCaller): Promise<void> {
    const after = planText(checked(plan));
    await this.database.transaction(async () => {
      const before = await this.ofPlatform();
      await this.layers.changePlatform(after, caller.userId);
      await this.#record('plan.platform', 'platform', before, after, caller);
    });
  }

  async ofSource(sourceId: number): Promise<object> {
    const source = await this.layers.source(sourceId);
    if (source === undefined) throw planError('SOURCE_NOT_FOUND');
    return planText(parsePlan(source.plan).spec);
  }

  /** Throws 403 where a provider changes another's source. */
  async changeSource(sourceId: number, plan: unknown, caller: UserCaller): Promise<void> {
    const after = planText(checked(plan));
    await this.database.transaction(async () => {
      const source = await this.layers.source(sourceId);
      if (source === undefined) throw planError('SOURCE_NOT_FOUND');
      if (caller.role !== 'admin' && source.owner_id !== caller.userId) throw planError('NOT_YOUR_SOURCE');
      await this.layers.changeSource(sourceId, after);
      await this.#record('plan.source', `source:${source.code}`, source.plan, after, caller);
    });
  }

  /** What a signal comes to for a user: every value and where it is from. */
  async resolved(signalId: number, userId: number): Promise<ResolvedPlan> {
    const [signal, platform, user] = await Promise.all([
      this.layers.signal(signalId),
      this.layers.platform(),
      this.layers.user(userId),
    ]);
    if (signal === undefined) throw planError('SIGNAL_NOT_FOUND');
    if (user === undefined) throw planError('USER_NOT_FOUND');
    const source = await this.layers.source(signal.source_id);
    const own = readUserPlan(user.plan, user.dca);
    const layers = {
      signal: parsePlan(signal.plan).spec,
      source: parsePlan(source?.plan ?? {}).spec,
      user: own.spec,
      platform: parsePlan(platform).spec,
    };
    return resolvePlan(layers, own.caps);
  }

  #record(action: string, subject: string, before: object, after: object, caller: UserCaller): Promise<void> {
    return this.audit.record({
      actorKind: 'user',
      actorId: caller.userId,
      action,
      subject,
      before: { ...before },
      after: { ...after },
    });
  }
}

function checked(plan: unknown): PlanSpec {
  const { spec, problems } = parsePlan(plan);
  if (problems.length > 0) throw invalidInput(problems.map((problem): PlanProblem => ({ ...problem })));
  return spec;
}

/** Followers who have set nothing share one plan without any reading of theirs. */
function isEmpty({ plan, caps }: { plan: object; caps: object }): boolean {
  return Object.keys(plan).length === 0 && JSON.stringify(caps) === JSON.stringify(capsText(readCaps({}).caps));
}
