/**
 * The mails around signing in: asked for over HTTP, made by workers.
 * Keeps: asking costs the same for every address, because it only notes the address; whether it is known, is found out
 * by a worker. The note forgets the address when it is done.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { callContext } from '../../platform/http/call-context.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { Mailer } from '../mail/mailer.service.js';
import { type UserRow, UsersRepository } from '../users/users.repository.js';
import { resetMail, verificationMail, welcomeMail } from './auth-mails.js';
import type { TokenPurpose } from './one-time-token.entity.js';
import { OneTimeTokensRepository, TOKEN_MINUTES } from './one-time-tokens.repository.js';

export const MAIL_REQUEST_QUEUE = 'auth_mail';

const MAX_ATTEMPTS = 12;

interface MailRequest {
  readonly purpose: TokenPurpose;
  readonly email: string;
  /** Of whoever asked. */
  readonly address?: string;
}

export interface MailRequestParts {
  readonly users: UsersRepository;
  readonly oneTime: OneTimeTokensRepository;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly randomness: Randomness;
}

@Injectable()
export class MailRequests implements OnModuleInit {
  constructor(
    private readonly parts: MailRequestParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: MAIL_REQUEST_QUEUE,
      concurrency: 2,
      leaseMs: 30_000,
      maxAttempts: MAX_ATTEMPTS,
      handle: (work, complete) => this.#serve(work, complete),
    });
  }

  /** Notes that somebody asked for a mail to this address. */
  async request(purpose: TokenPurpose, email: string): Promise<void> {
    const { work, randomness } = this.parts;
    await work.enqueue([
      {
        queue: MAIL_REQUEST_QUEUE,
        key: randomness.uuid(),
        payload: { purpose, email, address: callContext.address() },
      },
    ]);
  }

  /** Makes a new token of a purpose and queues the mail that carries it, in one transaction. */
  send(user: UserRow, purpose: TokenPurpose): Promise<void> {
    const { oneTime, mailer, database } = this.parts;
    return database.transaction(async () => {
      const token = await oneTime.issue(user.id, purpose);
      const isReset = purpose === 'password_reset';
      const page = isReset ? 'reset-password' : 'verify-email';
      const link = this.#link(`/api/auth/${page}?token=${token}&user_id=${user.id}`);
      const mail = isReset ? resetMail : verificationMail;
      // Whoever registers writes the name: it is not said to an address that may be somebody else's.
      const name = user.is_verified ? user.full_name : '';
      await mailer.post(user.email, mail(name, link, TOKEN_MINUTES));
    });
  }

  /** Queues the mail that greets a user whose address is verified, in the running transaction. */
  async welcome(userId: number): Promise<void> {
    const user = await this.parts.users.findById(userId);
    if (user !== undefined) await this.parts.mailer.post(user.email, welcomeMail(user.full_name));
  }

  async #serve(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { users, database } = this.parts;
    const { purpose, email, address } = work.payload as unknown as MailRequest;
    await database.transaction(async () => {
      const user = await users.findByEmail(email);
      if (user !== undefined && isDue(user, purpose)) {
        await this.send(user, purpose);
        const [subject, action] = [`user:${user.id}`, `auth.mail_${purpose}`];
        await this.parts.audit.record({ actorKind: 'anonymous', action, subject, address });
      }
      await this.parts.work.forget(work);
      await complete();
    });
  }

  #link(path: string): string {
    const { PUBLIC_URL, PORT } = this.config.process;
    return new URL(path, PUBLIC_URL ?? `http://127.0.0.1:${PORT}`).href;
  }
}

function isDue(user: UserRow, purpose: TokenPurpose): boolean {
  return user.disabled_at === null && (purpose === 'password_reset' || !user.is_verified);
}
