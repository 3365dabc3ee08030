/**
 * One WebSocket connection to the stream, from its opening to its end, which is told exactly once.
 * Keeps: a connection that says nothing for `staleMs`, also not to a ping, or that brings no message for that long while
 * one is due, is cut. Does not reconnect: the feed does.
 */
import WebSocket from 'ws';
import type { PluginHost } from '../../../ports/plugin.js';

export interface ConnectionEvents {
  opened(): void;
  message(text: string): void;
  /** Whether messages are due, so that silence is a fault. */
  isDue(): boolean;
  ended(reason: string): void;
}

const HANDSHAKE_MS = 10_000;
const LARGEST_MESSAGE = 1_048_576;
const CHECKS_PER_LIMIT = 4;

export class StreamConnection {
  readonly #socket: WebSocket;
  readonly #stopWatchdog: () => void;
  #isOver = false;
  #lastFrameMs: number;
  #lastMessageMs: number;

  constructor(
    url: string,
    private readonly staleMs: number,
    private readonly host: PluginHost,
    private readonly events: ConnectionEvents,
  ) {
    this.#lastFrameMs = this.#lastMessageMs = host.now().getTime();
    this.#socket = new WebSocket(url, {
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: LARGEST_MESSAGE,
      perMessageDeflate: false,
    });
    this.#socket.on('open', () => this.#opened());
    this.#socket.on('message', (data: Buffer) => this.#received(data));
    for (const frame of ['ping', 'pong'] as const) this.#socket.on(frame, () => this.#heard());
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', (code) => this.#end(`closed with ${code}`));
    this.#stopWatchdog = host.every(Math.max(250, staleMs / CHECKS_PER_LIMIT), () => this.#check());
  }

  /** False when the connection is not open; nothing is queued. */
  send(text: string): boolean {
    if (this.#isOver || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Cuts the connection without telling anybody. */
  close(): void {
    this.#isOver = true;
    this.#stopWatchdog();
    this.#socket.terminate();
  }

  #opened(): void {
    if (this.#isOver) return;
    this.#lastFrameMs = this.#lastMessageMs = this.host.now().getTime();
    this.events.opened();
  }

  #received(data: Buffer): void {
    if (this.#isOver) return;
    this.#heard();
    this.#lastMessageMs = this.#lastFrameMs;
    this.events.message(data.toString());
  }

  #heard(): void {
    this.#lastFrameMs = this.host.now().getTime();
  }

  #check(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const now = this.host.now().getTime();
    if (!this.events.isDue()) this.#lastMessageMs = now;
    if (now - this.#lastFrameMs > this.staleMs) this.#end('the server does not answer');
    else if (now - this.#lastMessageMs > this.staleMs) this.#end('the stream is silent');
    else this.#socket.ping();
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.events.ended(reason);
  }
}
