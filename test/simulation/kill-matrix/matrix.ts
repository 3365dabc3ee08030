/**
 * The kill matrix: workers that die, one after the other, each at a place of its own, while a story is told again and
 * again. Keeps: a dead worker is replaced at once by the next, armed for the next place; what the story comes to is
 * compared with the story told undisturbed.
 */
import { KILL_POINTS, type KillPoint } from '../../../src/platform/process/kill-point.js';
import { SeededRandom } from '../../../src/domain/random/seeded-random.js';
import type { TestApplication } from '../../support/application.js';
import { expireLeases, type Process, type Processes } from '../../support/processes.js';

export interface Strike {
  readonly point: KillPoint;
  readonly pass: number;
}

/** Places that a process passes more than once in a story, with how many passes a seed may wait for. */
const PASSES: Partial<Record<KillPoint, number>> = {
  'work:claimed': 12,
  'work:completing': 12,
  'fan-out:decided': 5,
  'fan-out:page-written': 5,
  'fan-out:page-done': 5,
  'fan-out:committed': 5,
  'crossing:page-applied': 3,
  'outbox:event-told': 4,
  'outbox:sent': 4,
  'outbox:recorded': 4,
  'signal-step:written': 4,
};

/** Places in the API instead of in a worker. */
export const IN_API: ReadonlySet<KillPoint> = new Set(['signal:stored']);

/** Those of the story that the matrix tells. What payments pass is tried with a chain, by `payments-crash`. */
const POINTS = (Object.keys(KILL_POINTS) as KillPoint[]).filter((point) => !/^(payment|telegram):/.test(point));

/**
 * From here on a price that was seen is noted: it may return before the next worker comes, and nothing is lost.
 * Before it, the market is left where it is.
 */
export const NOTED: ReadonlySet<KillPoint> = new Set([
  'crossing:noted',
  'crossing:applied',
  'change:target',
  'change:stop',
  'change:liquidation',
  'change:growth',
  'change:stop-move',
  'change:trail',
]);

/** What `npm test` tries: one place of each kind, where a mistake would cost most. */
export const SHARE: ReadonlySet<KillPoint> = new Set([
  'work:completing',
  'fan-out:committed',
  'crossing:noted',
  'change:stop-move',
  'ledger:funding-charged',
  'flatten:page-closed',
  'outbox:sent',
]);

/** Every place once, in an order and with passes that the seed chooses; seed 1 takes each at its first pass. */
export function strikesOf(seed: number): Strike[] {
  const random = new SeededRandom(seed);
  const strikes = POINTS.map((point) => {
    const most = seed === 1 ? 1 : (PASSES[point] ?? 1);
    return { point, pass: 1 + Math.floor(random.next() * most) };
  });
  if (seed === 1) return strikes;
  return strikes
    .map((strike) => ({ strike, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ strike }) => strike);
}

export interface Struck extends Strike {
  readonly pid: number;
}

export class KillChain {
  readonly struck: Struck[] = [];
  readonly failures: string[] = [];
  #waiting: Strike[];
  #stopped = false;
  #worker: Process | undefined;
  #api: Process | undefined;

  constructor(
    private readonly test: TestApplication,
    private readonly processes: Processes,
    strikes: readonly Strike[],
    private readonly onDeath: (point: KillPoint) => Promise<void>,
  ) {
    this.#waiting = [...strikes];
    this.#next();
  }

  /** True when every place has struck. */
  get isDone(): boolean {
    return this.#waiting.length === 0 && !this.#isArmed;
  }

  /** What is armed now or still to come. */
  get left(): string[] {
    return [...(this.#current === undefined ? [] : [this.#current]), ...this.#waiting].map(
      ({ point, pass }) => `${point}#${pass}`,
    );
  }

  /** The API that is to die, while one is armed. */
  async api(): Promise<string | undefined> {
    return this.#api?.address;
  }

  stop(): void {
    this.#stopped = true;
  }

  #current: Strike | undefined;
  #isArmed = false;

  #next(): void {
    if (this.#stopped) return;
    const strike = this.#waiting.shift();
    this.#current = strike;
    this.#isArmed = strike !== undefined;
    const armed: Record<string, string> =
      strike === undefined ? {} : { VERZEK_KILL_POINT: `${strike.point}#${strike.pass}` };
    const isApi = strike !== undefined && IN_API.has(strike.point);
    if (isApi) {
      const api = this.processes.start('api', armed);
      this.#api = api;
      void api.ended.then((how) => this.#ended(strike, api, how));
      this.#ensureWorker({});
      return;
    }
    this.#ensureWorker(armed, strike);
  }

  #ensureWorker(armed: Readonly<Record<string, string>>, strike?: Strike): void {
    if (strike === undefined && this.#worker !== undefined) return;
    const start = (): void => {
      const worker = this.processes.start('worker', armed);
      this.#worker = worker;
      void worker.ended.then((how) => {
        if (this.#worker === worker) this.#worker = undefined;
        if (strike !== undefined) return this.#ended(strike, worker, how);
        return undefined;
      });
    };
    const before = this.#worker;
    if (before === undefined) return start();
    // An unarmed one was needed in between: it goes first.
    this.#worker = undefined;
    void this.processes.kill(before).then(async () => {
      await expireLeases(this.test.db, before.pid);
      start();
    });
  }

  async #ended(strike: Strike, process: Process, how: number | string | null): Promise<void> {
    if (this.#api === process) this.#api = undefined;
    if (this.#stopped) return;
    if (how !== 'SIGKILL' || !process.output().includes(`kill point ${strike.point}`)) {
      this.failures.push(`${strike.point}#${strike.pass}: ended with ${how}: ${process.output()}`);
    }
    this.struck.push({ ...strike, pid: process.pid });
    await this.onDeath(strike.point);
    await expireLeases(this.test.db, process.pid);
    this.#next();
  }
}
