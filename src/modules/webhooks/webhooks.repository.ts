/**
 * Stores endpoints and deliveries. Every method names the owner first, except those of the workers.
 * Keeps: an event makes one delivery for each endpoint; a delivery that is final stays as it is; a success forgets the
 * failures before it.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { WebhookDeliveryStatus } from './webhook-delivery.entity.js';
import type { WebhookScope } from './webhook-endpoint.entity.js';
import type { DueDelivery } from './webhook-work.js';

export interface EndpointRow {
  id: number;
  scope: WebhookScope;
  url: string;
  events: string[];
  failures: number;
  disabled_at: Date | null;
  disabled_reason: string;
  previous_until: Date | null;
  created_at: Date;
}

/** A secret, encrypted for its place. */
export interface SealedSecret {
  readonly place: string;
  readonly sealedSecret: Buffer;
}

export interface NewEndpoint extends SealedSecret {
  readonly scope: WebhookScope;
  readonly url: string;
  readonly events: readonly string[];
}

export interface DeliveryRow {
  id: number;
  event_id: string;
  event: string;
  status: WebhookDeliveryStatus;
  attempts: number;
  response_status: number | null;
  last_error: string;
  created_at: Date;
  finished_at: Date | null;
}

/** What a worker needs for one attempt. */
export interface PendingDelivery {
  id: number;
  endpoint_id: number;
  event_id: string;
  body: string;
  /** Those before this one. */
  attempts: number;
  /** Of these, those before its owner asked for it again. */
  attempts_before: number;
  url: string;
  user_id: number;
  place: string;
  sealed_secret: Buffer;
  previous_place: string | null;
  previous_sealed_secret: Buffer | null;
  previous_until: Date | null;
  /** Whether the endpoint is on, and its owner may still hear of this. */
  is_open: boolean;
}

/** An event as it is sent to everybody who wants it. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  /** Whose it is. */
  readonly userId: number;
  readonly body: string;
}

/** What an attempt came to. */
export interface Attempt {
  readonly responseStatus: number | null;
  readonly error: string;
}

const VIEW = 'id, scope, url, events, failures, disabled_at, disabled_reason, previous_until, created_at';

const DELIVERY = 'id, event_id, event, status, attempts, response_status, last_error, created_at, finished_at';

const MAY_HEAR = `e.disabled_at IS NULL AND u.disabled_at IS NULL AND (e.scope = 'own' OR u.role = 'admin')`;

@Injectable()
export class WebhooksRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  list(userId: number): Promise<EndpointRow[]> {
    return this.database.query<EndpointRow>(
      `SELECT ${VIEW} FROM webhook_endpoints WHERE user_id = $1 ORDER BY id DESC`,
      [userId],
    );
  }

  find(userId: number, id: number): Promise<EndpointRow | undefined> {
    return this.database.first<EndpointRow>(`SELECT ${VIEW} FROM webhook_endpoints WHERE user_id = $1 AND id = $2`, [
      userId,
      id,
    ]);
  }

  /** Lets nobody add another endpoint of the user until the transaction ends. */
  async lockOwner(userId: number): Promise<void> {
    await this.database.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  }

  async add(userId: number, endpoint: NewEndpoint): Promise<EndpointRow> {
    const row = await this.database.first<EndpointRow>(
      `INSERT INTO webhook_endpoints (user_id, scope, url, events, place, sealed_secret, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${VIEW}`,
      [userId, endpoint.scope, endpoint.url, endpoint.events, endpoint.place, endpoint.sealedSecret, this.clock.now()],
    );
    if (row === undefined) throw new Error('a webhook was not stored');
    return row;
  }

  /** The endpoint that was there, with its deliveries; undefined where there is none such. */
  remove(userId: number, id: number): Promise<EndpointRow | undefined> {
    return this.database.first<EndpointRow>(
      `DELETE FROM webhook_endpoints WHERE user_id = $1 AND id = $2 RETURNING ${VIEW}`,
      [userId, id],
    );
  }

  enable(userId: number, id: number): Promise<EndpointRow | undefined> {
    return this.database.first<EndpointRow>(
      `UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = '', failures = 0
       WHERE user_id = $1 AND id = $2 RETURNING ${VIEW}`,
      [userId, id],
    );
  }

  /** Signs with another secret from now on, and with the one before too until `until`; null: with it no more. */
  replaceSecret(
    userId: number,
    id: number,
    { place, sealedSecret }: SealedSecret,
    until: Date | null,
  ): Promise<EndpointRow | undefined> {
    return this.database.first<EndpointRow>(
      `UPDATE webhook_endpoints SET place = $3, sealed_secret = $4, previous_until = $5::timestamptz,
         previous_place = CASE WHEN $5::timestamptz IS NOT NULL THEN place END,
         previous_sealed_secret = CASE WHEN $5::timestamptz IS NOT NULL THEN sealed_secret END
       WHERE user_id = $1 AND id = $2 RETURNING ${VIEW}`,
      [userId, id, place, sealedSecret, until],
    );
  }

  /** A final delivery is on its way again; false where it is on its way already, undefined where there is none such. */
  async again(userId: number, endpointId: number, id: number): Promise<boolean | undefined> {
    const found = await this.database.first(
      `SELECT 1 FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
       WHERE e.user_id = $1 AND e.id = $2 AND d.id = $3`,
      [userId, endpointId, id],
    );
    if (found === undefined) return undefined;
    const sql = `UPDATE webhook_deliveries SET status = 'PENDING', finished_at = NULL, attempts_before = attempts
      WHERE id = $1 AND status <> 'PENDING'`;
    return (await this.database.execute(sql, [id])) === 1;
  }

  /** Deliveries of one endpoint of the user, newest first. */
  deliveries(userId: number, id: number, beforeId: number | undefined, limit: number): Promise<DeliveryRow[]> {
    return this.database.query<DeliveryRow>(
      `SELECT ${DELIVERY} FROM webhook_deliveries
       WHERE endpoint_id = (SELECT id FROM webhook_endpoints WHERE user_id = $1 AND id = $2)
         AND id < coalesce($3::bigint, 9223372036854775807) ORDER BY id DESC LIMIT $4`,
      [userId, id, beforeId ?? null, limit],
    );
  }

  /** One delivery for each endpoint that wants the event; answers those made. Again it makes none. */
  async spread({ id, type, userId, body }: WebhookEvent): Promise<DueDelivery[]> {
    return this.database.query<DueDelivery>(
      `WITH made AS (
         INSERT INTO webhook_deliveries (endpoint_id, event_id, event, body, created_at)
         SELECT e.id, $1, $2, $3, $5 FROM webhook_endpoints e JOIN users u ON u.id = e.user_id
         WHERE (e.user_id = $4 OR e.scope = 'all') AND $2 = ANY (e.events) AND ${MAY_HEAR}
         ORDER BY e.id ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING id, endpoint_id)
       SELECT made.id, e.user_id AS "ownerId" FROM made JOIN webhook_endpoints e ON e.id = made.endpoint_id
       ORDER BY made.id`,
      [id, type, body, userId, this.clock.now()],
    );
  }

  /** The same for one endpoint, whatever it wants. */
  async addTo(endpointId: number, { id, type, body }: Omit<WebhookEvent, 'userId'>): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO webhook_deliveries (endpoint_id, event_id, event, body, created_at)
       VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [endpointId, id, type, body, this.clock.now()],
    );
    if (row === undefined) throw new Error('a delivery was not stored');
    return row.id;
  }

  /** Undefined for what is final, or was removed. */
  pending(id: number): Promise<PendingDelivery | undefined> {
    return this.database.first<PendingDelivery>(
      `SELECT d.id, d.endpoint_id, d.event_id, d.body, d.attempts, d.attempts_before, e.url, e.user_id, e.place, e.sealed_secret,
         e.previous_place, e.previous_sealed_secret, e.previous_until, (${MAY_HEAR}) AS is_open
       FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id JOIN users u ON u.id = e.user_id
       WHERE d.id = $1 AND d.status = 'PENDING'`,
      [id],
    );
  }

  /** Notes an attempt, in the running transaction; `status` is what the delivery is after it. */
  async note(id: number, { responseStatus, error }: Attempt, status: WebhookDeliveryStatus): Promise<void> {
    await this.database.execute(
      `UPDATE webhook_deliveries SET attempts = attempts + 1, response_status = $2, last_error = $3, status = $4,
         finished_at = CASE WHEN $4 = 'PENDING' THEN NULL ELSE $5::timestamptz END
       WHERE id = $1 AND status = 'PENDING'`,
      [id, responseStatus, error, status, this.clock.now()],
    );
  }

  async succeeded(endpointId: number): Promise<void> {
    await this.database.execute('UPDATE webhook_endpoints SET failures = 0 WHERE id = $1 AND failures > 0', [
      endpointId,
    ]);
  }

  /** Counts a failure; answers how many there were in a row. */
  async failed(endpointId: number): Promise<number> {
    const row = await this.database.first<{ failures: number }>(
      'UPDATE webhook_endpoints SET failures = failures + 1 WHERE id = $1 RETURNING failures',
      [endpointId],
    );
    return row?.failures ?? 0;
  }

  /** Switches an endpoint off and gives up what waits for it; false where it is off already. */
  async disable(endpointId: number, reason: string): Promise<boolean> {
    const now = this.clock.now();
    const count = await this.database.execute(
      `UPDATE webhook_endpoints SET disabled_at = $2, disabled_reason = $3 WHERE id = $1 AND disabled_at IS NULL`,
      [endpointId, now, reason],
    );
    if (count === 0) return false;
    await this.database.execute(
      `UPDATE webhook_deliveries SET status = 'FAILED', finished_at = $2, last_error = $3
       WHERE endpoint_id = $1 AND status = 'PENDING'`,
      [endpointId, now, 'the webhook was switched off'],
    );
    return true;
  }
}
