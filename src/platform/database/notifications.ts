/**
 * Listens for PostgreSQL notifications on a connection of its own and hands them to subscribers.
 * Keeps: reconnects for ever with growing pauses; a lost notification is no harm, because everybody also sweeps.
 * The same connection holds the process's session locks, so both end together when the process dies.
 */
import pg from 'pg';
import type { Cancel, Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';

type Listener = (payload: string) => void;

const RECONNECT_BASE_MS = 200;
const RECONNECT_LIMIT_MS = 10_000;
const QUERY_TIMEOUT_MS = 10_000;

const END_SILENT_HOLDER = `
  SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
    AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended($1, 0)
    AND l.pid <> pg_backend_pid() AND a.state_change < clock_timestamp() - make_interval(secs => $2)`;

export class Notifications {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #onConnect = new Set<() => void>();
  readonly #onDisconnect = new Set<() => void>();
  #client: pg.Client | undefined;
  #failures = 0;
  #stopped = false;
  #retry: Cancel | undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly applicationName: string,
    private readonly queryTimeoutMs = QUERY_TIMEOUT_MS,
  ) {}

  /** Calls `listener` with the payload of every notification on `channel`. */
  subscribe(channel: string, listener: Listener): Cancel {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    if (this.#client !== undefined) void this.#listenLate(this.#client, channel);
    return () => listeners.delete(listener);
  }

  /** Called after each (re)connection: the time to sweep for what may have been missed. */
  onConnect(task: () => void): void {
    this.#onConnect.add(task);
  }

  onDisconnect(task: () => void): void {
    this.#onDisconnect.add(task);
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  async start(): Promise<void> {
    this.#stopped = false;
    await this.#connect();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry?.();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** Takes the session lock named `name` without waiting; false when another process holds it, or while offline. */
  async tryLock(name: string): Promise<boolean> {
    const client = this.#client;
    if (client === undefined) return false;
    try {
      const sql = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked';
      const result = await client.query<{ locked: boolean }>(sql, [name]);
      return result.rows[0]?.locked === true && client === this.#client;
    } catch (error) {
      this.logger.warn('a session lock could not be asked for', { name, error });
      return false;
    }
  }

  /**
   * Ends the session that holds the lock named `name` if it has asked nothing for `silentMs`: its process stands still,
   * and its writes are fenced off. Answers whether there was one.
   */
  async endSilentHolder(name: string, silentMs: number): Promise<boolean> {
    try {
      const result = await this.#client?.query(END_SILENT_HOLDER, [name, silentMs / 1_000]);
      return (result?.rowCount ?? 0) > 0;
    } catch (error) {
      this.logger.warn('the holder of a session lock could not be looked at', { name, error });
      return false;
    }
  }

  /** Gives all session locks back, however often they were taken, so that others need not wait for this process to end. */
  async releaseLocks(): Promise<void> {
    try {
      await this.#client?.query('SELECT pg_advisory_unlock_all()');
    } catch (error) {
      this.logger.warn('session locks could not be given back; they go with the connection', { error });
    }
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: this.applicationName,
      connectionTimeoutMillis: 5_000,
      query_timeout: this.queryTimeoutMs,
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''));
    client.on('error', (error) => this.logger.warn('the notification connection failed', { error }));
    client.on('end', () => this.#lost(client));
    try {
      await client.connect();
      for (const channel of this.#listeners.keys()) await this.#listen(client, channel);
    } catch (error) {
      this.logger.warn('the notification connection could not be made', { error });
      await client.end().catch(() => undefined);
      this.#scheduleRetry();
      return;
    }
    this.#client = client;
    this.#failures = 0;
    for (const task of this.#onConnect) task();
  }

  async #listen(client: pg.Client, channel: string): Promise<void> {
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  }

  /** On a connection that is in use already. One that does not take the channel is made anew, and then with all channels. */
  async #listenLate(client: pg.Client, channel: string): Promise<void> {
    try {
      await this.#listen(client, channel);
    } catch (error) {
      if (this.#client !== client) return;
      this.logger.warn('a channel could not be listened to; the notification connection is made anew', {
        channel,
        error,
      });
      this.#lost(client);
      await client.end().catch(() => undefined);
    }
  }

  #deliver(channel: string, payload: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        listener(payload);
      } catch (error) {
        this.logger.error('a notification listener failed', { channel, error });
      }
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    for (const task of this.#onDisconnect) task();
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    if (this.#stopped) return;
    const delay = Math.min(RECONNECT_LIMIT_MS, RECONNECT_BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = this.clock.after(delay, () => void this.#connect());
  }
}
