/**
 * Closed candles of one minute through ccxt, which keeps to the venue's limits and names its refusals.
 * Keeps: ccxt is loaded when it is first needed, and only the file of the venue; every call has an end; a refusal for having
 * asked too much is told as one for all symbols.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MINUTE_MS, minuteOf, type MinuteCandle } from '../../../domain/candles/minute-candle.js';
import { type CandleSource, CandleSourceError } from '../../../ports/candle-source.js';
import type { PluginHost } from '../../../ports/plugin.js';
import { candleOf, type Venue } from './venues.js';

type Caller = (parameters: object) => Promise<unknown>;

/** What is used of an exchange of ccxt. */
type Exchange = Readonly<Record<string, Caller | undefined>> & { readonly close?: () => Promise<unknown> };

type ExchangeClass = new (options: object) => Exchange;

const TIMEOUT_MS = 10_000;

/** A candle is told a moment after its end: venues still count trades then. */
const SETTLING_MS = 1_500;

/** Names of ccxt's errors after which the venue wants to be left alone. */
const HAD_ENOUGH = new Set(['RateLimitExceeded', 'DDoSProtection', 'PermissionDenied', 'AccountSuspended']);

export class CcxtCandles implements CandleSource {
  #exchange: Promise<Exchange> | undefined;

  constructor(
    private readonly venue: Venue,
    private readonly restUrl: string | undefined,
    private readonly host: PluginHost,
  ) {}

  get code(): string {
    return this.venue.code;
  }

  nowMs(): number {
    return this.host.now().getTime() - SETTLING_MS;
  }

  async fetch(symbol: string, fromMs: number, toMs: number): Promise<readonly MinuteCandle[]> {
    const endMs = Math.min(toMs, minuteOf(this.nowMs()));
    const windowMs = (this.venue.window ?? Infinity) * MINUTE_MS;
    // Nothing in a window does not mean that nothing comes after it.
    for (let startMs = fromMs; startMs < endMs; startMs += windowMs) {
      const found = await this.#read(symbol, startMs, Math.min(endMs, startMs + windowMs));
      if (found.length > 0) return found;
    }
    return [];
  }

  async #read(symbol: string, fromMs: number, toMs: number): Promise<readonly MinuteCandle[]> {
    const rows = this.venue.rows(await this.#call(symbol, fromMs, toMs));
    if (rows === undefined) throw new CandleSourceError(`${this.code} answered something else than candles`, false);
    const candles = rows.flatMap((row) => candleOf(row) ?? []);
    if (candles.length < rows.length) {
      throw new CandleSourceError(`${this.code} answered candles of another form`, false);
    }
    return candles.filter(({ openMs }) => openMs >= fromMs && openMs < toMs);
  }

  async stop(): Promise<void> {
    const exchange = await this.#exchange?.catch(() => undefined);
    this.#exchange = undefined;
    await exchange?.close?.();
  }

  async #call(symbol: string, fromMs: number, toMs: number): Promise<unknown> {
    const exchange = await (this.#exchange ??= this.#open());
    try {
      return await exchange[this.venue.method]?.(this.venue.parameters(symbol, fromMs, toMs));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      throw new CandleSourceError(`${name}: ${message.slice(0, 200)}`, HAD_ENOUGH.has(name));
    }
  }

  /** The package has no entry for a single exchange, and all of them together take 90 MB. */
  async #open(): Promise<Exchange> {
    try {
      const entry = createRequire(import.meta.url).resolve('ccxt');
      const file = join(dirname(entry), '..', 'js', 'src', this.venue.file);
      const { default: Exchange } = (await import(pathToFileURL(file).href)) as { default: ExchangeClass };
      return new Exchange({ enableRateLimit: true, timeout: TIMEOUT_MS, ...this.#redirected() });
    } catch (error) {
      this.#exchange = undefined;
      throw error;
    }
  }

  /** Below ccxt, because it tells errors by the venue's own addresses. */
  #redirected(): object {
    const { restUrl, venue } = this;
    if (restUrl === undefined) return {};
    return {
      fetchImplementation: (url: string, options: object) => fetch(url.replace(venue.host, restUrl), options),
    };
  }
}
