/**
 * A TCP proxy before PostgreSQL that misbehaves on demand: drops, delays, stands still half-open, or cuts a connection
 * after a COMMIT was carried out and before its answer arrives. Reads just enough of the frontend protocol for that.
 * Keeps: forwards every byte unchanged otherwise; faults concern the connections that are open, or the next commits.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to the connection at a commit. */
export type CommitFault = 'before' | 'after';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly messages: FrontendMessages;
  isBlackHole: boolean;
  /** The answer to what was sent last is to be lost, with the connection. */
  losesAnswer: boolean;
}

export class TcpProxy {
  readonly #links = new Set<Link>();
  readonly #server: Server;
  #delayMs = 0;
  #refusing = false;
  #fault: { readonly when: CommitFault; left: number } | undefined;
  /** Commits that were seen. */
  commits = 0;
  /** Connections that were cut at a commit. */
  cuts = 0;

  private constructor(private target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => this.#accept(client));
  }

  /** Opens one before the server of a connection string. */
  static async before(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The same connection string, through here. */
  through(url: string): string {
    const other = new URL(url);
    other.hostname = '127.0.0.1';
    other.port = String((this.#server.address() as AddressInfo).port);
    return other.href;
  }

  /** The server has moved: new connections go to that of this connection string. */
  retarget(url: string): void {
    const { hostname, port } = new URL(url);
    this.target = { host: hostname, port: Number(port) };
  }

  get connections(): number {
    return this.#links.size;
  }

  /** Cuts all connections. */
  drop(): void {
    for (const link of [...this.#links]) end(link);
  }

  /** New connections are cut at once until `heal`. */
  refuse(): void {
    this.#refusing = true;
    this.drop();
  }

  /** Every piece is held back for this long, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** The connections that are open stay so and carry nothing any more. */
  halfOpen(): void {
    for (const link of this.#links) link.isBlackHole = true;
  }

  /** Cuts the connection of the `nth` commit from now on: before it reaches the server, or after it was carried out. */
  cutAtCommit(nth: number, when: CommitFault): void {
    this.#fault = { when, left: nth };
  }

  /** Ends all faults; what is half-open is cut. */
  heal(): void {
    this.#delayMs = 0;
    this.#refusing = false;
    this.#fault = undefined;
    for (const link of [...this.#links]) if (link.isBlackHole) end(link);
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = connect(this.target);
    const link: Link = { client, server, messages: new FrontendMessages(), isBlackHole: false, losesAnswer: false };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => end(link));
      socket.on('close', () => {
        this.#links.delete(link);
        end(link);
      });
    }
    client.on('data', (bytes: Buffer) => this.#fromClient(link, bytes));
    server.on('data', (bytes: Buffer) => this.#fromServer(link, bytes));
  }

  #fromClient(link: Link, bytes: Buffer): void {
    if (link.isBlackHole) return;
    const commits = link.messages.read(bytes).filter((sql) => /^\s*COMMIT\b/i.test(sql)).length;
    this.commits += commits;
    if (commits > 0 && this.#fault !== undefined) {
      this.#fault.left -= commits;
      if (this.#fault.left <= 0) {
        const { when } = this.#fault;
        this.#fault = undefined;
        this.cuts += 1;
        if (when === 'before') return end(link);
        link.losesAnswer = true;
      }
    }
    this.#later(() => link.server.write(bytes));
  }

  #fromServer(link: Link, bytes: Buffer): void {
    if (link.isBlackHole) return;
    if (link.losesAnswer) return end(link);
    this.#later(() => link.client.write(bytes));
  }

  #later(write: () => void): void {
    if (this.#delayMs === 0) write();
    else setTimeout(write, this.#delayMs);
  }
}

function end({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}

/** Cuts a frontend's bytes into messages and answers the SQL in them. */
class FrontendMessages {
  #rest: Buffer = Buffer.alloc(0);
  #isStarted = false;

  read(bytes: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const sql: string[] = [];
    for (;;) {
      // The first message has no type byte.
      const head = this.#isStarted ? 1 : 0;
      if (this.#rest.length < head + 4) return sql;
      const length = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < length) return sql;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      if (this.#isStarted) sql.push(...sqlOf(message));
      this.#isStarted = true;
    }
  }
}

/** The text of a Query ('Q') or a Parse ('P') message. */
function sqlOf(message: Buffer): string[] {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === 'Q') return [textAt(message, 5)];
  if (type !== 'P') return [];
  return [textAt(message, message.indexOf(0, 5) + 1)];
}

function textAt(message: Buffer, from: number): string {
  return message.toString('utf8', from, message.indexOf(0, from));
}
