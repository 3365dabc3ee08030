/**
 * Sets and clears safety switches.
 * Keeps: one switch per scope and value; a switch, its audit row, its announcement and the work that flattens are one
 * transaction under the safety lock; setting what is set and clearing what is clear change nothing; what staff have set
 * only staff change.
 */
import { Injectable } from '@nestjs/common';
import type { SafetyEvent } from '../../domain/safety/safety-event.js';
import { SWITCH_MODES, type SwitchMode, type SwitchScope } from '../../domain/safety/switches.js';
import { canonicalSymbol } from '../../domain/signal/check-signal.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { invalidField } from '../../platform/errors/app-error.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { flattenWork, safetyEventWork } from './safety-work.js';
import { SafetyLock } from './safety-lock.repository.js';
import { safetyError } from './safety.errors.js';
import { type ClearedHow, type ScopeOwner, type SwitchRow, SwitchesRepository } from './switches.repository.js';

const MINUTE_MS = 60_000;

/** A change makes trading wait for a moment, so nobody but staff may make many. */
const USER_LIMIT = { name: 'safety', points: 20, seconds: 60 };

export interface SwitchRequest {
  readonly scope: SwitchScope;
  /** Absent for the platform, and for the caller's own user. */
  readonly value?: string;
  readonly mode: SwitchMode;
  readonly reason: string;
  /** A pause of so many minutes; null lasts until cleared. */
  readonly minutes: number | null;
}

export interface SwitchOutcome {
  readonly item: SwitchRow;
  /** False when it was so already. */
  readonly changed: boolean;
}

export interface SwitchesParts {
  readonly switches: SwitchesRepository;
  readonly lock: SafetyLock;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class SwitchesService {
  constructor(private readonly parts: SwitchesParts) {}

  /** Throws 400 or 404 for a scope that names nothing, 403 for one that is not the caller's, 409 for a pause over a stop. */
  async set(request: SwitchRequest, caller: UserCaller): Promise<SwitchOutcome> {
    const owner = await this.#owner(request, caller);
    await this.#limit(caller);
    return this.parts.lock.change(async () => {
      await this.#expire();
      const active = await this.parts.switches.active(request.scope, owner.value);
      const outcome = await this.#replace(active, { ...request, ...owner }, caller);
      return { changed: outcome.changed, value: outcome };
    });
  }

  /** Clears one switch; `why` goes into the audit log. A switch of somebody else is answered as missing. */
  async clear(id: number, caller: UserCaller, why = ''): Promise<SwitchOutcome> {
    const isStaff = caller.role === 'admin';
    await this.#limit(caller);
    return this.parts.lock.change<SwitchOutcome>(async () => {
      const item = await this.parts.switches.find(isStaff ? null : caller.userId, id);
      if (item === undefined) throw safetyError('SWITCH_NOT_FOUND');
      if (item.cleared_at !== null) return { changed: false, value: { item, changed: false } };
      if (item.by_staff && !isStaff) throw safetyError('SET_BY_STAFF');
      await this.#clear(item, caller.userId, 'cleared', why);
      const cleared = (await this.parts.switches.find(null, id)) ?? item;
      return { changed: true, value: { item: cleared, changed: true } };
    });
  }

  /** Ends the platform's kill switch, and no pause. */
  async liftKill(caller: UserCaller, why: string): Promise<SwitchOutcome | undefined> {
    const active = await this.#ofPlatform();
    return active?.expires_at === null ? this.clear(active.id, caller, why) : undefined;
  }

  /** Ends the platform's pause; its kill switch only when that is confirmed. */
  async resume(isConfirmed: boolean, caller: UserCaller): Promise<SwitchOutcome | undefined> {
    const active = await this.#ofPlatform();
    if (active === undefined) return undefined;
    if (active.expires_at === null && !isConfirmed) throw safetyError('KILL_SWITCH_ACTIVE', { switch_id: active.id });
    return this.clear(active.id, caller);
  }

  /** Notes the end of pauses that are over. */
  async expire(): Promise<void> {
    if (!(await this.parts.switches.hasExpired(this.parts.clock.now()))) return;
    await this.parts.lock.change(async () => ({ changed: await this.#expire(), value: undefined }));
  }

  async #ofPlatform(): Promise<SwitchRow | undefined> {
    const page = { active: true, scope: 'platform', beforeId: null, limit: 1 } as const;
    return (await this.parts.switches.list(null, page))[0];
  }

  async #replace(
    active: SwitchRow | undefined,
    request: SwitchRequest & ScopeOwner,
    caller: UserCaller,
  ): Promise<SwitchOutcome> {
    const { mode, minutes } = request;
    if (active === undefined) return { item: await this.#insert(request, caller), changed: true };
    if (active.by_staff && caller.role !== 'admin') throw safetyError('SET_BY_STAFF');
    if (active.expires_at === null) {
      if (minutes !== null) throw safetyError('STRONGER_SWITCH', { switch_id: active.id });
      // A repeat, or a softer stop over a harder one, must not give up what is under way.
      if (!isHarder(mode, active.mode)) return { item: active, changed: false };
    } else if (minutes !== null && mode === active.mode) {
      return this.#prolong(active, minutes, caller);
    }
    await this.#clear(active, caller.userId, 'replaced');
    return { item: await this.#insert(request, caller), changed: true };
  }

  async #prolong(active: SwitchRow, minutes: number, caller: UserCaller): Promise<SwitchOutcome> {
    const expiresAt = this.#after(minutes);
    if (active.expires_at !== null && active.expires_at >= expiresAt) return { item: active, changed: false };
    const item = await this.parts.switches.prolong(active.id, expiresAt);
    await this.#note('safety.switch.prolong', 'switch_set', [item], caller.userId);
    return { item, changed: true };
  }

  async #insert(request: SwitchRequest & ScopeOwner, caller: UserCaller): Promise<SwitchRow> {
    const { scope, value, userId, mode, reason, minutes } = request;
    const byStaff = caller.role === 'admin';
    const expiresAt = minutes === null ? null : this.#after(minutes);
    const setById = caller.userId;
    const row = { scope, value, userId, mode, reason, setById, byStaff, expiresAt };
    const item = await this.parts.switches.insert(row, this.parts.clock.now());
    await this.#note('safety.switch.set', 'switch_set', [item], caller.userId);
    if (mode === 'flatten') await this.parts.work.enqueue([flattenWork(item.id)]);
    return item;
  }

  async #clear(item: SwitchRow, actorId: number, how: ClearedHow, why = ''): Promise<void> {
    await this.parts.switches.clear(item.id, actorId, how, this.parts.clock.now());
    const action = `safety.switch.${how === 'replaced' ? 'replace' : 'clear'}`;
    await this.#note(action, 'switch_cleared', [item], actorId, why === '' ? {} : { cleared_reason: why });
  }

  async #expire(): Promise<boolean> {
    const ended = await this.parts.switches.clearExpired(this.parts.clock.now());
    await this.#note('safety.switch.expire', 'switch_expired', ended, undefined);
    return ended.length > 0;
  }

  /** Audit for all; the administrators' group hears of what staff do, not of each user's own pauses. */
  async #note(
    action: string,
    kind: Extract<SafetyEvent, { switch_id: number; mode: string }>['kind'],
    items: readonly SwitchRow[],
    actorId: number | undefined,
    more: object = {},
  ): Promise<void> {
    const noted = items.map((item) => ({ item, facts: factsOf(item) }));
    await this.parts.audit.recordAll(
      noted.map(({ item, facts }) => ({
        actorKind: actorId === undefined ? 'system' : 'user',
        actorId,
        action,
        subject: item.scope === 'platform' ? 'platform' : `${item.scope}:${item.value}`,
        after: { ...facts, ...more },
      })),
    );
    const told = noted.filter(({ item }) => item.by_staff);
    await this.parts.work.enqueue(
      told.map(({ item, facts }) => safetyEventWork(`${kind}:${item.id}:${facts.until ?? ''}`, { kind, ...facts })),
    );
    for (const { facts } of noted) this.parts.logger.warn(action, facts);
  }

  async #limit(caller: UserCaller): Promise<void> {
    if (caller.role !== 'admin') await this.parts.limits.require(USER_LIMIT, String(caller.userId));
  }

  #after(minutes: number): Date {
    return new Date(this.parts.clock.now().getTime() + minutes * MINUTE_MS);
  }

  /** What the scope's value names, as far as the caller may name it. */
  async #owner({ scope, value }: SwitchRequest, caller: UserCaller): Promise<ScopeOwner> {
    const isStaff = caller.role === 'admin';
    if (!isStaff && scope !== 'user' && scope !== 'account') throw safetyError('SCOPE_NOT_ALLOWED');
    if (scope === 'platform') {
      if (value !== undefined) throw invalidField('value', 'must be absent for the platform');
      return { value: '', userId: null };
    }
    const named = value ?? (scope === 'user' ? String(caller.userId) : undefined);
    if (named === undefined) throw invalidField('value', `must name a ${scope}`);
    if (scope === 'symbol') return { value: this.#symbol(named), userId: null };
    const owner = await this.parts.switches.owner(scope, named);
    if (scope === 'source' && owner === undefined) throw invalidField('value', 'must name a source by its id or code');
    if (owner === undefined || (!isStaff && owner.userId !== caller.userId)) throw safetyError('SCOPE_NOT_FOUND');
    return owner;
  }

  #symbol(text: string): string {
    const symbol = canonicalSymbol(text);
    if (!/^[A-Z0-9]{2,32}$/.test(symbol)) throw invalidField('value', 'must be a symbol such as BTCUSDT');
    return symbol;
  }
}

function factsOf({ id, scope, value, mode, reason, expires_at }: SwitchRow) {
  return { switch_id: id, scope, value, mode, reason, until: expires_at?.toISOString() ?? null };
}

function isHarder(mode: SwitchMode, than: SwitchMode): boolean {
  return SWITCH_MODES.indexOf(mode) > SWITCH_MODES.indexOf(than);
}
