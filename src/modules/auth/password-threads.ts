/**
 * Threads that hash and check passwords beside the event loop, below everything else's priority: on two cores one check
 * takes a whole core, and without this whoever else asks would wait behind it.
 * Keeps: as many threads as there may be tasks at once, made when they are first needed; one task at a time on each; a
 * thread that ends fails its task and is replaced; an idle one does not hold up the end of the process.
 */
import { Worker } from 'node:worker_threads';

export type PasswordTask =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'argon2' | 'bcrypt'; readonly password: string; readonly stored: string };

/** OWASP's first choice: argon2id with 19 MiB and 2 passes. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Steps below the process's own priority. At the last one a sign-in would never end beside a market that fills all cores. */
const STEPS = 10;

/** Its text is what a thread runs: it may use nothing from around it. */
function serve(from: string, options: object, steps: number, platform: string): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  const load = process.getBuiltinModule('node:module').createRequire(from);
  const argon2 = load('@node-rs/argon2') as typeof import('@node-rs/argon2');
  const bcrypt = load('bcrypt') as typeof import('bcrypt');
  // Elsewhere this would slow the whole process: only Linux has priorities of threads.
  const os = process.getBuiltinModule('node:os');
  if (platform === 'linux') os.setPriority(0, Math.min(os.getPriority(0) + steps, 19));
  const run = (task: PasswordTask): string | boolean => {
    if (task.kind === 'hash') return argon2.hashSync(task.password, options);
    return task.kind === 'bcrypt'
      ? bcrypt.compareSync(task.password, task.stored)
      : argon2.verifySync(task.stored, task.password);
  };
  const { performance: clock } = process.getBuiltinModule('node:perf_hooks');
  const never = new Int32Array(new SharedArrayBuffer(4));
  parentPort?.on('message', (task: PasswordTask) => {
    const began = clock.now();
    try {
      parentPort.postMessage({ done: run(task) });
    } catch (error) {
      parentPort.postMessage({ failed: String(error) });
    }
    // As long as it took: what is behind a sign-in (its session, its audit row) is work for everybody else's thread.
    Atomics.wait(never, 0, 0, clock.now() - began);
  });
}

type Answer = { readonly done: string | boolean } | { readonly failed: string };

const TEXT = `(${serve.toString()})(...process.getBuiltinModule('node:worker_threads').workerData)`;

/** One thread, and who waits for its answer. */
class PasswordThread {
  readonly #worker = new Worker(TEXT, {
    eval: true,
    workerData: [import.meta.url, OPTIONS, STEPS, process.platform],
    execArgv: [],
  });
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  #hasEnded = false;

  constructor() {
    this.#worker.on('message', (answer: Answer) => this.#answered()?.resolve(answer));
    const ended = (cause: unknown) => {
      this.#hasEnded = true;
      this.#answered()?.reject(new Error('the thread of passwords ended', { cause }));
    };
    this.#worker.on('error', ended).on('exit', ended);
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  ask(task: PasswordTask): Promise<Answer> {
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #answered() {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#worker.unref();
    return waiting;
  }
}

export class PasswordThreads {
  readonly #idle: PasswordThread[] = [];

  /** Rejects where the stored hash cannot be read. Whoever calls sees to it that not too many run at once. */
  async run(task: PasswordTask): Promise<string | boolean> {
    const found = this.#idle.pop();
    const thread = found === undefined || found.hasEnded ? new PasswordThread() : found;
    const answer = await thread.ask(task);
    this.#idle.push(thread);
    if ('failed' in answer) throw new Error(answer.failed);
    return answer.done;
  }

  /** Ends those that have nothing to do. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((thread) => thread.close()));
  }
}
