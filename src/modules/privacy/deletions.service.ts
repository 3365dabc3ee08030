/**
 * Deletes accounts on the wish of their users, a week after it.
 * Keeps: refused while a real position is open; trading stops at once and paper positions are closed; the user may take
 * the wish back until its day; on the day it waits for whatever is still open.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { AppError } from '../../platform/errors/app-error.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { Logger } from '../../platform/logging/logger.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import { noticeMail } from '../auth/auth-mails.js';
import { StepUpService } from '../auth/step-up/step-up.service.js';
import { UserAccess } from '../auth/user-access.service.js';
import { Mailer } from '../mail/mailer.service.js';
import { SwitchesRepository } from '../safety/switches.repository.js';
import { SwitchesService } from '../safety/switches.service.js';
import { UsersRepository } from '../users/users.repository.js';
import { type DeletionRow, DeletionsRepository } from './deletions.repository.js';
import { privacyError } from './privacy.errors.js';

export const DELETION_QUEUE = 'privacy.delete';

export const GRACE_DAYS = 7;

const DAY_MS = 86_400_000;

const REASON = 'The account is to be deleted';

/** How long the work waits for positions that are still open. */
const OPEN_MS = 60_000;

export interface DeletionsParts {
  readonly deletions: DeletionsRepository;
  readonly users: UsersRepository;
  readonly stepUp: StepUpService;
  readonly access: UserAccess;
  readonly switches: SwitchesService;
  readonly activeSwitches: SwitchesRepository;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class DeletionsService implements OnModuleInit {
  constructor(
    private readonly parts: DeletionsParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: DELETION_QUEUE,
      concurrency: 1,
      leaseMs: 60_000,
      maxAttempts: 0,
      handle: (work, complete) => this.#serve(work, complete),
    });
  }

  waiting(userId: number): Promise<DeletionRow | undefined> {
    return this.parts.deletions.waiting(userId);
  }

  /** Throws 403 for a wrong password, 409 while a real position is open and for staff. */
  async request(caller: UserCaller, password: string, address: string): Promise<DeletionRow> {
    const { deletions, stepUp, audit, mailer, database } = this.parts;
    const user = await stepUp.requirePassword(caller, password, address);
    if (user.role !== 'user') throw privacyError('STAFF_ACCOUNT');
    if ((await deletions.open(user.id)).live > 0) throw privacyError('LIVE_POSITIONS_OPEN');
    const row = await database.transaction(async () => {
      await deletions.request(user.id, GRACE_DAYS * DAY_MS);
      const stored = await deletions.waiting(user.id);
      if (stored === undefined) throw new Error(`the deletion of user ${user.id} was not stored`);
      const subject = `user:${user.id}`;
      await audit.record({ actorKind: 'user', actorId: user.id, action: 'account.deletion_request', subject, address });
      const day = stored.due_at.toISOString().slice(0, 10);
      const text = `Your account will be deleted on ${day}. Until then you can take it back in the app.`;
      await mailer.post(user.email, noticeMail('Your account will be deleted', user.full_name, text));
      return stored;
    });
    await this.#stopTrading(user.id);
    return row;
  }

  /** Throws 404 when no deletion waits. Trading may be switched on again by hand. */
  async cancel(caller: UserCaller): Promise<void> {
    const { deletions, audit, database, activeSwitches, switches } = this.parts;
    const { userId } = caller;
    await database.transaction(async () => {
      if (!(await deletions.cancel(userId))) throw privacyError('NO_DELETION');
      const subject = `user:${userId}`;
      await audit.record({ actorKind: 'user', actorId: userId, action: 'account.deletion_cancel', subject });
    });
    const active = await activeSwitches.active('user', String(userId));
    if (active?.reason === REASON) await switches.clear(active.id, caller);
  }

  /** Several replicas may run it at once: a wish is one piece of work. */
  @Interval('privacy-deletions', 60_000)
  async schedule(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    try {
      const due = await this.parts.database.inLane('worker', () => this.parts.deletions.due(100));
      await this.parts.work.enqueue(due.map(deletionWork));
    } catch (error) {
      this.parts.logger.warn('deletions of accounts could not be ordered yet', { error });
    }
  }

  async #serve(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { deletions, database, access, clock } = this.parts;
    const userId = Number(work.payload.user_id);
    const open = await deletions.open(userId);
    if (open.paper + open.live > 0 && (await deletions.waiting(userId)) !== undefined) {
      // Real positions are the user's to close.
      if (open.live === 0) await this.#stopTrading(userId);
      throw new RetryLater('positions are still open', new Date(clock.now().getTime() + OPEN_MS));
    }
    await database.transaction(async () => {
      if (await deletions.lockDue(userId)) await this.#carryOut(userId);
      await complete();
    });
    access.forget(userId);
  }

  async #carryOut(userId: number): Promise<void> {
    const { deletions, users, audit, mailer } = this.parts;
    const user = await users.findById(userId);
    const { paper, live } = await deletions.open(userId);
    if (paper + live > 0) throw new Error('a position was opened meanwhile');
    await deletions.carryOut(userId);
    await audit.record({ actorKind: 'system', action: 'account.deleted', subject: `user:${userId}` });
    if (user === undefined) return;
    const text = 'Your account is deleted, as you wished. This is the last mail about it.';
    await mailer.post(user.email, noticeMail('Your account is deleted', user.full_name, text));
  }

  /** No entries any more, and what is open on paper is closed. What staff have stopped, stays as they set it. */
  async #stopTrading(userId: number): Promise<void> {
    const subscription = { tier: 'TRIAL', expiresAt: null } as const;
    const caller: UserCaller = { kind: 'user', userId, sessionId: '', role: 'user', isVerified: true, subscription };
    try {
      await this.parts.switches.set({ scope: 'user', mode: 'flatten', reason: REASON, minutes: null }, caller);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.parts.logger.warn('trading of an account that is to be deleted could not be stopped', { userId, error });
    }
  }
}

function deletionWork({ user_id, requested_at }: DeletionRow) {
  return { queue: DELETION_QUEUE, key: `${user_id}:${requested_at.getTime()}`, payload: { user_id } };
}
