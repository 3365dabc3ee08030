/**
 * Calls of the Bot API by telegraf's client, each with an end, and what a failure means for trying again.
 * Keeps: every call can be left at any moment; an error's text never holds the token.
 */
import { Telegram, TelegramError } from 'telegraf';
import type { PluginHost } from '../../../ports/plugin.js';

/** How a call failed. `conflict`: somebody else asks for our updates, or has them sent somewhere. */
export interface Failure {
  readonly kind: 'refused' | 'conflict' | 'busy' | 'final' | 'passing';
  readonly reason: string;
  /** When Telegram says to come again. */
  readonly retryAfterMs: number | undefined;
}

const WAITS_MS = { first: 500, longest: 60_000 };

/** A conflict passes when the other's request ends, which takes no longer than its waiting. */
const CONFLICT_WAIT_MS = 5_000;

export class BotApi {
  readonly #telegram: Telegram;
  readonly #inFlight = new Set<AbortController>();

  constructor(
    token: string,
    apiRoot: string,
    private readonly host: PluginHost,
  ) {
    this.#telegram = new Telegram(token, { apiRoot });
  }

  /** Rejects as telegraf does; also when nothing is answered for `ms`, and when it is left. */
  async call<Answer>(method: string, payload: object, ms: number): Promise<Answer> {
    const abort = new AbortController();
    this.#inFlight.add(abort);
    const cancel = this.host.after(ms, () => abort.abort());
    const call = this.#telegram.callApi.bind(this.#telegram) as unknown as Call;
    try {
      return (await call(method, payload, { signal: abort.signal })) as Answer;
    } finally {
      cancel();
      this.#inFlight.delete(abort);
    }
  }

  /** Ends every call that is waited for. */
  leave(): void {
    for (const abort of this.#inFlight) abort.abort();
  }
}

type Call = (method: string, payload: object, options: { signal: AbortSignal }) => Promise<unknown>;

export function failureOf(error: unknown): Failure {
  if (!(error instanceof TelegramError)) {
    return {
      kind: 'passing',
      reason: error instanceof Error ? error.name : 'network failure',
      retryAfterMs: undefined,
    };
  }
  const { code, description, parameters } = error;
  const seconds = parameters?.retry_after;
  return {
    kind: kindOf(code),
    reason: `${code} ${description}`.slice(0, 300),
    retryAfterMs: seconds === undefined ? undefined : seconds * 1_000,
  };
}

/** 401 and 404 mean a revoked or mistyped token. */
function kindOf(code: number): Failure['kind'] {
  if (code === 401 || code === 404) return 'refused';
  if (code === 409) return 'conflict';
  if (code === 429) return 'busy';
  return code >= 400 && code < 500 ? 'final' : 'passing';
}

/** How long to wait after so many failures in a row. */
export function waitAfter(failure: Failure, failures: number): number {
  if (failure.retryAfterMs !== undefined) return Math.max(WAITS_MS.first, failure.retryAfterMs);
  if (failure.kind === 'refused') return WAITS_MS.longest;
  const wait = Math.min(WAITS_MS.longest, WAITS_MS.first * 2 ** Math.min(failures - 1, 10));
  return failure.kind === 'conflict' ? Math.min(CONFLICT_WAIT_MS, wait) : wait;
}
