/**
 * The way to PostgreSQL: raw statements and transactions over TypeORM's data sources, one pool per lane.
 * Keeps: everything awaited inside `transaction` runs on that transaction's connection and joins it; a unit that met
 * a serialisation failure or deadlock is run again whole. No external call may stand inside a transaction.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DataSources, Lane } from './data-source.js';

interface Scope {
  readonly lane: Lane;
  readonly transaction?: { readonly client: PoolClient; readonly manager: EntityManager };
}

export interface QueryOptions {
  /** Names the statement, so that each connection parses and plans it once. For hot reads. */
  readonly name?: string;
}

/** SQLSTATEs after which the same transaction may simply be run again. */
const RETRYABLE = new Set(['40001', '40P01']);

const ATTEMPTS = 3;

export class Database {
  readonly #scope = new AsyncLocalStorage<Scope>();

  constructor(private readonly sources: DataSources) {}

  /** Runs `work` so that its statements use the pool of `lane`. */
  inLane<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    return this.#scope.run({ lane }, work);
  }

  /** The rows of one statement. Parameters are passed as text or arrays; money as decimal strings. */
  async query<Row>(sql: string, params: readonly unknown[] = [], options: QueryOptions = {}): Promise<Row[]> {
    return (await this.#run(sql, params, options)).rows as Row[];
  }

  /** The first row, or undefined. */
  async first<Row>(sql: string, params: readonly unknown[] = [], options: QueryOptions = {}): Promise<Row | undefined> {
    return (await this.query<Row>(sql, params, options))[0];
  }

  /** Runs a writing statement; answers how many rows it touched. */
  async execute(sql: string, params: readonly unknown[] = [], options: QueryOptions = {}): Promise<number> {
    return (await this.#run(sql, params, options)).rowCount ?? 0;
  }

  /**
   * Runs `work` in one transaction, or within the one that is already open.
   * Throws what `work` throws; after a lost COMMIT reply the error carries no SQLSTATE and the outcome is unknown.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    const scope = this.#current();
    if (scope.transaction !== undefined) return work();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#source(scope.lane).transaction(async (manager) => {
          const client = (await manager.queryRunner?.connect()) as PoolClient;
          return this.#scope.run({ lane: scope.lane, transaction: { client, manager } }, work);
        });
      } catch (error) {
        if (attempt >= ATTEMPTS || !RETRYABLE.has(sqlState(error) ?? '')) throw error;
      }
    }
  }

  /** Whether what is asked now would be part of an open transaction. */
  get isInTransaction(): boolean {
    return this.#current().transaction !== undefined;
  }

  /** TypeORM's manager of the open transaction, or of the lane's pool. */
  manager(): EntityManager {
    const scope = this.#current();
    return scope.transaction?.manager ?? this.#source(scope.lane).manager;
  }

  /** Connections of a lane in use and waiting, for metrics. */
  poolState(lane: Lane): { total: number; idle: number; waiting: number } {
    const pool = this.#pool(lane);
    return { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount };
  }

  #run(sql: string, params: readonly unknown[], options: QueryOptions): Promise<QueryResult> {
    const scope = this.#current();
    const runner = scope.transaction?.client ?? this.#pool(scope.lane);
    return runner.query({ text: sql, values: params as unknown[], ...options });
  }

  #current(): Scope {
    return this.#scope.getStore() ?? { lane: 'http' };
  }

  #pool(lane: Lane): Pool {
    return (this.#source(lane).driver as PostgresDriver).master as Pool;
  }

  #source(lane: Lane) {
    return this.sources[lane] ?? this.sources.http;
  }
}

/** The SQLSTATE of a driver error, wherever TypeORM put it. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code: unknown = Reflect.get(error, 'code') ?? Reflect.get(Object(Reflect.get(error, 'driverError')), 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** SQLSTATE classes and codes that speak of the moment, not of the data: connection, rollback, resources, locks, operator. */
const PASSING_STATE = /^(08|40|53|55|57|58)/;

const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

const DRIVER_FAULT = /timeout|Connection terminated|connection error|Client (has|was) /i;

/** Whether the same statement may well succeed later: nothing in it or in the data is at fault. */
export function isPassingFault(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return PASSING_STATE.test(state);
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  return (typeof code === 'string' && NETWORK_CODES.has(code)) || DRIVER_FAULT.test(error.message);
}

/** The name of the constraint that a statement violated, if it did. */
export function violatedConstraint(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const name: unknown =
    Reflect.get(error, 'constraint') ?? Reflect.get(Object(Reflect.get(error, 'driverError')), 'constraint');
  return typeof name === 'string' ? name : undefined;
}
