/**
 * A local stand-in of Binance's futures stream over loopback: takes SUBSCRIBE and UNSUBSCRIBE, sends what a test says.
 * Keeps: sends a price only to connections that subscribed to its stream.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export class BinanceStreamServer {
  readonly #server: WebSocketServer;
  readonly #streams = new Map<WebSocket, Set<string>>();
  readonly #watchers = new Set<() => void>();
  /** How many connections were ever made. */
  connections = 0;
  /** How many pings were answered. */
  pings = 0;
  /** Every request as it came. */
  readonly requests: { method: string; params: string[]; id: number }[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#connected(socket));
  }

  /** `autoPong: false` makes a server whose connections stay open but dead. */
  static async start(options: { port?: number; autoPong?: boolean } = {}): Promise<BinanceStreamServer> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: options.port ?? 0,
      autoPong: options.autoPong ?? true,
    });
    await once(server, 'listening');
    return new BinanceStreamServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The streams that are subscribed to on open connections. */
  get streams(): string[] {
    return [...this.#streams.values()].flatMap((streams) => [...streams]).sort();
  }

  sendMark(symbol: string, price: string, at: number): void {
    this.#send(`${symbol.toLowerCase()}@markPrice@1s`, { e: 'markPriceUpdate', E: at, s: symbol, p: price, i: price });
  }

  sendBook(symbol: string, bid: string, ask: string, at: number): void {
    this.#send(`${symbol.toLowerCase()}@bookTicker`, { e: 'bookTicker', E: at, T: at, s: symbol, b: bid, a: ask });
  }

  /** Sends text to every connection, whatever it subscribed to. */
  sendRaw(text: string): void {
    for (const socket of this.#streams.keys()) socket.send(text);
  }

  /** Resolves when every connection has taken what was sent to it, or is gone. */
  async delivered(): Promise<void> {
    const taken = [...this.#streams.keys()].map(
      (socket) =>
        new Promise<void>((resolve) => {
          const done = (): void => {
            socket.off('pong', done).off('close', done);
            resolve();
          };
          socket.on('pong', done).on('close', done).ping();
        }),
    );
    await Promise.all(taken);
  }

  /** Cuts all connections without a closing handshake. */
  cut(): void {
    for (const socket of this.#streams.keys()) socket.terminate();
  }

  /** Resolves as soon as `isTrue` holds; looked at whenever a connection or request comes or goes. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connected(socket: WebSocket): void {
    this.connections += 1;
    const streams = new Set<string>();
    this.#streams.set(socket, streams);
    socket.on('error', () => undefined);
    socket.on('ping', () => {
      this.pings += 1;
      this.#changed();
    });
    socket.on('close', () => {
      this.#streams.delete(socket);
      this.#changed();
    });
    socket.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString()) as { method: string; params: string[]; id: number };
      this.requests.push(request);
      for (const stream of request.params) {
        if (request.method === 'SUBSCRIBE') streams.add(stream);
        else streams.delete(stream);
      }
      socket.send(JSON.stringify({ result: null, id: request.id }));
      this.#changed();
    });
    this.#changed();
  }

  #send(stream: string, message: object): void {
    for (const [socket, streams] of this.#streams) if (streams.has(stream)) socket.send(JSON.stringify(message));
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}
