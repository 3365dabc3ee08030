/**
 * The demo's way to the server: what a provider does over HTTP.
 * Keeps: a refusal becomes one sentence with the server's own words; nothing waits longer than ten seconds.
 */
import type { DemoSignal } from './demo-market.js';
import type { DemoProvider } from './demo-people.js';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface ServerFacts {
  readonly mode: string;
  readonly price_feed: string;
  readonly trading_allowed: boolean;
}

/** The report of the running day as the API gives it. */
export interface DemoReport {
  readonly date: string;
  readonly total_trades: number;
  readonly winning_trades: number;
  readonly losing_trades: number;
  readonly win_rate_pct: number;
  readonly total_pnl_usdt: number;
  readonly total_profit_pct: number;
  readonly fees_usdt: number;
  readonly tp_hits: number;
  readonly sl_hits: number;
  readonly symbols: readonly { symbol: string; trades: number; pnl_usdt: number; profit_pct: number }[];
}

const PATIENCE_MS = 10_000;

export class DemoApi {
  #token: string | undefined;

  /** `url` is the server's address without a trailing slash. */
  constructor(readonly url: string) {}

  async facts(): Promise<ServerFacts> {
    return (await this.#ask('GET', '/safety/status')).body as unknown as ServerFacts;
  }

  /** False when the server does not know the provider: it works on another database. */
  async signIn({ email, password }: DemoProvider): Promise<boolean> {
    const { status, body } = await this.#send('POST', '/auth/login', { email, password });
    if (status === 401) return false;
    this.#token = String(expectDone({ status, body }, 'signing in').access_token);
    return true;
  }

  async signOut(): Promise<void> {
    await this.#ask('POST', '/auth/logout', {});
    this.#token = undefined;
  }

  /** The newest prices, as text; symbols without one are left out. */
  async prices(symbols: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#ask('GET', `/prices?symbols=${symbols.join(',')}`);
    const prices = body.prices as { symbol: string; price: number }[];
    return new Map(prices.map(({ symbol, price }) => [symbol, plain(price)]));
  }

  /** The id of the new signal; undefined when this symbol and side were posted a moment ago. */
  async post(signal: DemoSignal): Promise<number | undefined> {
    const answer = await this.#send('POST', '/signals', signal);
    if (answer.status === 429 && answer.body.code === 'SIGNAL_REPEATED') return undefined;
    return expectDone(answer, `posting ${signal.symbol}`).signal_id as number;
  }

  /** Cancels a signal; one that has just ended by itself is left as it is. */
  async cancel(signalId: number, reason: string): Promise<void> {
    const answer = await this.#send('POST', '/signals/cancel', { signal_id: signalId, reason });
    if (answer.status !== 409) expectDone(answer, `cancelling signal ${signalId}`);
  }

  /** The platform's report of the running day. */
  async report(): Promise<DemoReport> {
    return (await this.#ask('GET', '/reports/daily?scope=platform')).body.report as DemoReport;
  }

  async #ask(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await this.#send(method, path, body);
    expectDone(answer, `${method} /api${path}`);
    return answer;
  }

  async #send(method: string, path: string, body?: object): Promise<Answer> {
    const headers = {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    let response: Response;
    try {
      response = await fetch(`${this.url}/api${path}`, { method, headers, signal, ...content });
    } catch {
      throw new TypeError(`The server at ${this.url} does not answer.`);
    }
    const parsed: unknown = await response.json().catch(() => undefined);
    if (typeof parsed !== 'object' || parsed === null)
      throw new TypeError(`${this.url} is not a server of this product.`);
    return { status: response.status, body: parsed as Record<string, unknown> };
  }
}

function expectDone({ status, body }: Answer, what: string): Record<string, unknown> {
  if (status < 300) return body;
  throw new TypeError(`The server refused ${what} (${status}): ${String(body.error ?? body.message)}`);
}

/** A JSON number as plain decimal text, without an exponent. */
function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(15) : text;
}
