/**
 * Processes of the product under test: workers and APIs as children on one database, which may be killed at any moment.
 * Keeps: knows each child by its handle and ends all of them; the environment of a child is clean.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../src/platform/database/database.js';
import { eventually, TEST_SECRETS, WITHOUT_BREAKERS } from './application.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const TAIL = 4_000;

export interface Process {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it last wrote. */
  readonly output: () => string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
  /** The address of its API; rejects when it ends before it listens. */
  readonly address: Promise<string>;
}

export class Processes {
  readonly #folder = mkdtempSync(join(tmpdir(), 'verzek-simulation-'));
  readonly #running = new Set<Process>();

  constructor(private readonly settings: Readonly<Record<string, string>>) {}

  get running(): readonly Process[] {
    return [...this.#running];
  }

  start(role: 'worker' | 'api' | 'all', extra: Readonly<Record<string, string>> = {}): Process {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [join(ROOT, 'dist/src/main.js')], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH,
        HOME,
        ...TEST_SECRETS,
        ...WITHOUT_BREAKERS,
        PAPER_REALISM: 'off',
        NODE_ENV: 'test',
        ROLE: role,
        PORT: '0',
        METRICS_PORT: '0',
        DATA_DIR: this.#folder,
        LOG_FORMAT: 'json',
        LOG_LEVEL: 'warn',
        RATE_LIMIT_ENABLED: 'false',
        SIGNAL_REPEAT_SECONDS: '0',
        WORKER_POLL_SECONDS: '1',
        ...this.settings,
        ...extra,
      },
    });
    let output = '';
    const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string | null);
    const address = new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          output = (output + chunk).slice(-TAIL);
          const found = /API +(http:\S+)\/api\n/.exec(output)?.[1];
          if (found !== undefined) resolve(found);
        });
      }
      void ended.then((how) => reject(new Error(`ended with ${how}: ${output}`)));
    });
    address.catch(() => undefined);
    const started: Process = { child, pid: child.pid as number, output: () => output, ended, address };
    this.#running.add(started);
    void ended.then(() => this.#running.delete(started));
    return started;
  }

  async kill(victim: Process): Promise<void> {
    victim.child.kill('SIGKILL');
    await victim.ended;
  }

  async close(): Promise<void> {
    await Promise.all(this.running.map((running) => this.kill(running)));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Lets the leases of a process that is gone run out now, instead of waiting for them. */
export async function expireLeases(database: Database, pid: number): Promise<void> {
  await database.query(
    `UPDATE work_items SET available_at = now() - interval '1 second' WHERE state = 'open' AND leased_by LIKE $1`,
    [`${pid}-%`],
  );
  await database.query(`SELECT pg_notify('verzek_work', queue) FROM work_items WHERE state = 'open' GROUP BY queue`);
}

/** Waits until `count` workers are connected. */
export async function connectedWorkers(database: Database, count: number): Promise<void> {
  await eventually(async () => {
    const row = await database.first<{ n: number }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
       AND application_name LIKE 'verzek-listen-worker%'`,
    );
    return row?.n === count;
  }, 30_000);
}
