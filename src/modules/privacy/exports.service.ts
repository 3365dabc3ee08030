/**
 * Makes the document of everything that is stored of a user, as work, and hands it out.
 * Keeps: made outside of requests; kept for a day; the user is told by mail when it is ready, the mail holds no link that
 * opens it.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { noticeMail } from '../auth/auth-mails.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersRepository } from '../users/users.repository.js';
import { type ExportState, ExportsRepository } from './exports.repository.js';
import { privacyError } from './privacy.errors.js';

export const EXPORT_QUEUE = 'privacy.export';

const LIFETIME_MS = 86_400_000;

const PER_DAY = { name: 'data_export', points: 3, seconds: 86_400 };

/** Beyond it something is wrong: a document of this size has millions of rows. */
const MAX_BYTES = 512 * 1_024 * 1_024;

export interface ExportsParts {
  readonly exports: ExportsRepository;
  readonly users: UsersRepository;
  readonly limits: RateLimits;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
}

@Injectable()
export class ExportsService implements OnModuleInit {
  constructor(
    private readonly parts: ExportsParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: EXPORT_QUEUE,
      concurrency: 1,
      leaseMs: 60_000,
      maxAttempts: 5,
      handle: (work, complete) => this.#serve(work, complete),
    });
  }

  /** Orders a document; one that is being made is not ordered again. Throws 429 after three in a day. */
  async request(userId: number, address: string): Promise<ExportState> {
    const { exports, limits, audit, work, database } = this.parts;
    const before = await exports.find(userId);
    if (before !== undefined && before.ready_at === null) return before;
    await limits.require(PER_DAY, String(userId));
    await database.transaction(async () => {
      const at = await exports.request(userId, LIFETIME_MS);
      const payload = { user_id: userId, at: at.toISOString() };
      await work.enqueue([{ queue: EXPORT_QUEUE, key: `${userId}:${at.getTime()}`, payload }]);
      const subject = `user:${userId}`;
      await audit.record({ actorKind: 'user', actorId: userId, action: 'account.export', subject, address });
    });
    return this.find(userId);
  }

  /** Throws 404 where there is none. */
  async find(userId: number): Promise<ExportState> {
    const state = await this.parts.exports.find(userId);
    if (state === undefined) throw privacyError('NO_EXPORT');
    return state;
  }

  /** The document. Throws 404 where there is none, 409 while it is being made. */
  async download(userId: number): Promise<Buffer> {
    await this.find(userId);
    const content = await this.parts.exports.content(userId);
    if (content === undefined) throw privacyError('EXPORT_NOT_READY');
    return promisify(gunzip)(content, { maxOutputLength: MAX_BYTES });
  }

  async #serve(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { exports, users, mailer, database } = this.parts;
    const { user_id: userId, at } = work.payload as { user_id: number; at: string };
    const document = await this.#document(userId, at);
    const packed = await promisify(gzip)(document);
    await database.transaction(async () => {
      const stored = await exports.store(userId, new Date(at), packed, document.length, LIFETIME_MS);
      const user = stored ? await users.findById(userId) : undefined;
      const text = 'The export of your data that you asked for is ready. Sign in to download it within 24 hours.';
      if (user !== undefined) await mailer.post(user.email, noticeMail('Your data is ready', user.full_name, text));
      await complete();
    });
  }

  async #document(userId: number, at: string): Promise<Buffer> {
    const parts: string[] = [`{"format":1,"exported_at":${JSON.stringify(at)},"data":{`];
    let section: string | undefined;
    let bytes = 0;
    for await (const [name, row] of this.parts.exports.rows(userId)) {
      const opening = `${section === undefined ? '' : '],\n'}${JSON.stringify(name)}:[\n`;
      parts.push(name === section ? ',\n' : opening, row);
      section = name;
      bytes += row.length;
      if (bytes > MAX_BYTES) throw new Error(`the export of user ${userId} is larger than it can be`);
    }
    parts.push(section === undefined ? '}}' : ']}}');
    return Buffer.from(parts.join(''));
  }
}
