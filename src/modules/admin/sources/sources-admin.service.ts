/**
 * Makes, renames, disables and enables sources.
 * Keeps: a change and its audit row are one transaction; once disabling is answered, no post of the source is under way.
 */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { pageOf } from '../../../platform/http/paging.js';
import type { SourceKind } from '../../signals/source.entity.js';
import { sourcesAdminError } from './sources-admin.errors.js';
import { type SourceRow, SourcesAdminRepository } from './sources-admin.repository.js';

/** What is not named stays; a null profile is taken away. */
export interface SourceWish {
  readonly name?: string;
  readonly is_enabled?: boolean;
  readonly text?: Record<string, unknown> | null;
}

const DAY_MS = 86_400_000;

/** How far back the figures of one source look that was just made or changed. */
export const USUAL_DAYS = 30;

@Injectable()
export class SourcesAdmin {
  constructor(
    private readonly sources: SourcesAdminRepository,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Newest first, with the figures of the last `days`. */
  async page(days: number, beforeId: number | undefined, limit: number) {
    const rows = await this.sources.page(this.#since(days), beforeId ?? Number.MAX_SAFE_INTEGER, limit + 1);
    return pageOf(rows, limit);
  }

  /** Throws 404. */
  async one(id: number, days = USUAL_DAYS): Promise<SourceRow> {
    const row = await this.sources.find(this.#since(days), id);
    if (row === undefined) throw sourcesAdminError('UNKNOWN_SOURCE');
    return row;
  }

  /** Throws 409 where the code is taken. */
  async create(staffId: number, code: string, kind: SourceKind, name: string): Promise<SourceRow> {
    const id = await this.database.transaction(async () => {
      const made = await this.sources.add(code, kind, name);
      if (made === undefined) throw sourcesAdminError('SOURCE_EXISTS');
      await this.#record('source.create', staffId, made, {}, { code, kind, name });
      return made;
    });
    return this.one(id);
  }

  /** Only what is named changes. Throws 404. */
  async change(staffId: number, id: number, wish: SourceWish): Promise<SourceRow> {
    await this.database.transaction(async () => {
      const before = await this.sources.lock(id);
      if (before === undefined) throw sourcesAdminError('UNKNOWN_SOURCE');
      const { name = before.name, is_enabled = before.is_enabled, text = before.text } = wish;
      const after = { name, is_enabled, text };
      if (isDeepStrictEqual({ ...before }, { code: before.code, ...after })) return;
      await this.sources.change(id, after);
      await this.#record('source.change', staffId, id, { ...before }, { code: before.code, ...after });
    });
    return this.one(id);
  }

  #since(days: number): Date {
    return new Date(this.clock.now().getTime() - days * DAY_MS);
  }

  #record(action: string, staffId: number, id: number, before: object, after: object): Promise<void> {
    const what = { before: { ...before }, after: { ...after } };
    return this.audit.record({ actorKind: 'user', actorId: staffId, action, subject: `source:${id}`, ...what });
  }
}
