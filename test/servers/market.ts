/**
 * A market for processes under test: the Binance stream stand-in with one current price per symbol, which it tells on
 * subscription, at every change and four times a second, as a mark price does.
 */
import { BinanceStreamServer } from './binance-stream.js';

const REPEAT_MS = 250;

export class Market {
  readonly #prices = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #told = '';
  #stopped = false;

  private constructor(private readonly server: BinanceStreamServer) {
    this.#timer = setInterval(() => this.#tellAll(), REPEAT_MS);
    void this.#watch();
  }

  static async open(): Promise<Market> {
    return new Market(await BinanceStreamServer.start());
  }

  /** The settings of a process that takes its prices from here. */
  get settings(): Record<string, string> {
    return { PRICE_FEED: 'binance', BINANCE_STREAM_URL: this.server.url };
  }

  priceOf(symbol: string): string | undefined {
    return this.#prices.get(symbol);
  }

  /** Moves the market there and tells it at once. */
  set(symbol: string, price: string): void {
    this.#prices.set(symbol, price);
    this.server.sendMark(symbol, price, Date.now());
  }

  /** The symbol trades no more. */
  forget(symbol: string): void {
    this.#prices.delete(symbol);
  }

  /** Something that is no price, to every connection. */
  noise(text: string): void {
    this.server.sendRaw(text);
  }

  cut(): void {
    this.server.cut();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.server.stop();
  }

  #tellAll(): void {
    for (const [symbol, price] of this.#prices) this.server.sendMark(symbol, price, Date.now());
  }

  /** Tells all prices whenever somebody subscribes. */
  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.server.until(() => this.#stopped || this.server.streams.join() !== this.#told);
      this.#told = this.server.streams.join();
      if (!this.#stopped) this.#tellAll();
    }
  }
}
