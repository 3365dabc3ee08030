/**
 * The feed over Binance's public stream: keeps one connection, its subscriptions and the newest tick of each symbol.
 * Keeps: reconnects for ever with growing, uneven pauses, and subscribes anew to what is wanted then; a tick that is older
 * than the symbol's last is dropped. Never throws after `start`.
 */
import { SeededRandom } from '../../../domain/random/seeded-random.js';
import type { PluginHost } from '../../../ports/plugin.js';
import type { PriceFeed, Tick, Wanted } from '../../../ports/price-feed.js';
import { backoffMs } from './backoff.js';
import { parseMessage, request, type StreamKind, streamName } from './messages.js';
import { StreamConnection } from './stream-connection.js';

export interface BinanceOptions {
  /** Without a path: `wss://fstream.binance.com`. */
  readonly url: string;
  readonly kind: StreamKind;
  /** A stream that brings nothing for this long is cut and made anew. */
  readonly staleMs: number;
}

/** The venue takes 10 requests a second; a round of changes sends at most two. */
const SYNC_MS = 250;
const STREAMS_PER_REQUEST = 100;

export class BinanceFeed implements PriceFeed {
  readonly code = 'binance';
  readonly isSimulated = false;
  readonly #wanted = new Set<string>();
  readonly #subscribed = new Set<string>();
  readonly #latest = new Map<string, Tick>();
  readonly #random: SeededRandom;
  #onTick: ((tick: Tick) => void) | undefined;
  #connection: StreamConnection | undefined;
  #isOpen = false;
  #cancelSync: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #failures = 0;
  #requests = 0;

  constructor(
    private readonly options: BinanceOptions,
    private readonly host: PluginHost,
  ) {
    this.#random = new SeededRandom(host.now().getTime());
  }

  async start(onTick: (tick: Tick) => void): Promise<void> {
    this.#onTick = onTick;
    if (this.#connection === undefined) this.#connect();
  }

  want(symbols: readonly Wanted[]): void {
    for (const { symbol } of symbols) this.#wanted.add(symbol);
    this.#syncSoon(0);
  }

  unwant(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      this.#wanted.delete(symbol);
      this.#latest.delete(symbol);
    }
    this.#syncSoon(SYNC_MS);
  }

  latest(symbol: string): Tick | undefined {
    return this.#latest.get(symbol);
  }

  async stop(): Promise<void> {
    this.#onTick = undefined;
    this.#wanted.clear();
    this.#latest.clear();
    this.#cancelRetry?.();
    this.#disconnected();
    this.#connection?.close();
    this.#connection = undefined;
    this.#failures = 0;
  }

  #connect(): void {
    this.#connection = new StreamConnection(`${this.options.url}/ws`, this.options.staleMs, this.host, {
      opened: () => {
        this.#isOpen = true;
        this.host.log('info', 'connected to the price stream', { url: this.options.url });
        this.#sync();
      },
      message: (text) => this.#received(text),
      isDue: () => this.#wanted.size > 0,
      ended: (reason) => this.#retry(reason),
    });
  }

  #retry(reason: string): void {
    this.#disconnected();
    this.#connection = undefined;
    const pauseMs = backoffMs(this.#failures, this.#random.next());
    this.#failures += 1;
    this.host.log('warn', 'the price stream is down and will be connected again', { reason, pauseMs });
    this.#cancelRetry = this.host.after(pauseMs, () => {
      if (this.#onTick !== undefined) this.#connect();
    });
  }

  #disconnected(): void {
    this.#isOpen = false;
    this.#subscribed.clear();
    this.#cancelSync?.();
    this.#cancelSync = undefined;
  }

  #received(text: string): void {
    const message = parseMessage(text);
    if (message.type === 'tick') this.#ticked(message.tick);
    else if (message.type === 'refusal') this.host.log('warn', 'the price stream refused a request', { ...message });
    else if (message.type === 'invalid') this.host.log('debug', 'a message of the price stream makes no sense');
  }

  #ticked(tick: Tick): void {
    if (!this.#wanted.has(tick.symbol)) return;
    const last = this.#latest.get(tick.symbol);
    if (last !== undefined && tick.at < last.at) return;
    this.#failures = 0;
    this.#latest.set(tick.symbol, tick);
    this.#onTick?.(tick);
  }

  /** Brings the subscriptions in line with what is wanted, in requests that the venue's limit allows. */
  #sync(): void {
    this.#cancelSync = undefined;
    if (!this.#isOpen) return;
    const missing = [...this.#wanted].filter((symbol) => !this.#subscribed.has(symbol));
    const surplus = [...this.#subscribed].filter((symbol) => !this.#wanted.has(symbol));
    const adding = missing.slice(0, STREAMS_PER_REQUEST);
    const dropping = surplus.slice(0, STREAMS_PER_REQUEST);
    if (this.#ask('SUBSCRIBE', adding)) for (const symbol of adding) this.#subscribed.add(symbol);
    if (this.#ask('UNSUBSCRIBE', dropping)) for (const symbol of dropping) this.#subscribed.delete(symbol);
    if (adding.length + dropping.length > 0) this.#syncSoon(SYNC_MS);
  }

  #syncSoon(ms: number): void {
    if (!this.#isOpen) return;
    if (this.#cancelSync === undefined) this.#cancelSync = this.host.after(ms, () => this.#sync());
  }

  #ask(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', symbols: readonly string[]): boolean {
    if (symbols.length === 0) return false;
    this.#requests += 1;
    const streams = symbols.map((symbol) => streamName(symbol, this.options.kind));
    return this.#connection?.send(request(method, streams, this.#requests)) ?? false;
  }
}
