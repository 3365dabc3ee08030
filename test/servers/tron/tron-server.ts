/**
 * A local server that speaks the parts of TronGrid's and TronScan's APIs that we use, over one chain that a test makes:
 * blocks, transfers, forks, sources that lag, lie, refuse or break off.
 * Keeps: what a source shows is what the test let it see; nothing is random.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tronAddress, tronHex } from '../../../src/domain/payment/tron-address.js';

export const USDT = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t';
export const WALLET = tronAddress('11'.repeat(20));
export const STRANGER = tronAddress('22'.repeat(20));
export const FAKE_USDT = tronAddress('33'.repeat(20));

const TRANSFER = 'ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

const BLOCK_MS = 3_000;

export interface Moved {
  readonly to?: string;
  readonly from?: string;
  readonly contract?: string;
  readonly amount: bigint;
}

interface Transaction {
  readonly hash: string;
  readonly block: number;
  readonly at: number;
  readonly succeeded: boolean;
  readonly moved: readonly Moved[];
}

export type Source = 'trongrid' | 'tronscan';

export class TronServer {
  /** Questions by path, for tests that count them. */
  readonly asked: string[] = [];
  /** The next answers of a source: a status, or 'drop' to break the connection, or 'nonsense'. */
  readonly faults: Record<Source, (number | 'drop' | 'nonsense')[]> = { trongrid: [], tronscan: [] };
  readonly #transactions = new Map<string, Transaction>();
  readonly #hidden: Record<Source, Set<string>> = { trongrid: new Set(), tronscan: new Set() };
  readonly #lies = new Map<string, bigint>();
  #head = 1_000;
  #count = 0;
  /** Milliseconds of the head's block. */
  #now = 0;
  /** Rows that one page of a list holds. */
  pageSize = 200;
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  constructor(private readonly clock: () => number = Date.now) {}

  async start(): Promise<string> {
    this.#now = this.clock();
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A transaction in the next block; answers its hash. */
  pay(moved: Moved | readonly Moved[], options: { at?: number; succeeded?: boolean; hash?: string } = {}): string {
    this.#count += 1;
    // However slowly the test runs: no transfer is older than what was asked for before it.
    this.#now = Math.max(this.#now, this.clock() - BLOCK_MS);
    this.#step();
    const hash = options.hash ?? this.#count.toString(16).padStart(64, 'a');
    const list = Array.isArray(moved) ? (moved as readonly Moved[]) : [moved as Moved];
    const transaction = {
      hash,
      block: this.#head,
      at: options.at ?? this.#now,
      succeeded: options.succeeded ?? true,
      moved: list,
    };
    this.#transactions.set(hash, transaction);
    return hash;
  }

  /** Blocks on top, as many as finality asks for. */
  mine(blocks = 30): void {
    for (let count = 0; count < blocks; count += 1) this.#step();
  }

  /** The transaction was on a branch that lost: nobody knows it any more. */
  fork(hash: string): void {
    this.#transactions.delete(hash);
  }

  hide(source: Source, hash: string): void {
    this.#hidden[source].add(hash);
  }

  show(source: Source, hash: string): void {
    this.#hidden[source].delete(hash);
  }

  /** TronScan tells another amount of this transaction; undefined ends the lie. */
  lie(hash: string, amount: bigint | undefined): void {
    if (amount === undefined) this.#lies.delete(hash);
    else this.#lies.set(hash, amount);
  }

  #step(): void {
    this.#head += 1;
    this.#now = Math.max(this.#now + 1, Math.min(this.#now + BLOCK_MS, this.clock()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    this.asked.push(url.pathname);
    const source: Source = url.pathname.startsWith('/api/') ? 'tronscan' : 'trongrid';
    const fault = this.faults[source].shift();
    if (fault === 'drop') return void request.socket.destroy();
    if (fault === 'nonsense') return reply(response, 200, { id: 5, log: 'yes' });
    if (fault !== undefined) return reply(response, fault, { Error: 'scripted' });
    if (source === 'tronscan') return reply(response, 200, this.#scanned(url.searchParams.get('hash') ?? ''));
    if (url.pathname === '/walletsolidity/getnowblock') {
      return reply(response, 200, { block_header: { raw_data: { number: this.#head, timestamp: this.#now } } });
    }
    if (url.pathname === '/walletsolidity/gettransactioninfobyid') {
      const { value } = JSON.parse(Buffer.concat(chunks).toString()) as { value: string };
      return reply(response, 200, this.#info(value));
    }
    const wallet = /^\/v1\/accounts\/(\w+)\/transactions\/trc20$/.exec(url.pathname)?.[1];
    if (wallet !== undefined) return reply(response, 200, this.#list(wallet, url.searchParams));
    return reply(response, 404, { Error: 'no such route' });
  }

  #info(hash: string): object {
    const found = this.#seen('trongrid', hash);
    if (found === undefined) return {};
    const log = found.moved.map(({ to = WALLET, from = STRANGER, contract = USDT, amount }) => ({
      address: tronHex(contract),
      topics: [TRANSFER, padded(tronHex(from)), padded(tronHex(to))],
      data: amount.toString(16).padStart(64, '0'),
    }));
    return {
      id: hash,
      fee: 345_000,
      blockNumber: found.block,
      blockTimeStamp: found.at,
      receipt: { result: found.succeeded ? 'SUCCESS' : 'REVERT' },
      ...(found.succeeded ? { log } : { result: 'FAILED' }),
    };
  }

  #scanned(hash: string): object {
    const found = this.#seen('tronscan', hash);
    if (found === undefined) return {};
    const lie = this.#lies.get(hash);
    return {
      hash,
      block: found.block,
      timestamp: found.at,
      confirmed: true,
      confirmations: this.#head - found.block + 1,
      contractRet: found.succeeded ? 'SUCCESS' : 'REVERT',
      revert: !found.succeeded,
      trc20TransferInfo: found.moved.map(({ to = WALLET, from = STRANGER, contract = USDT, amount }) => ({
        from_address: from,
        to_address: to,
        contract_address: contract,
        amount_str: String(lie ?? amount),
        decimals: 6,
        symbol: 'USDT',
      })),
    };
  }

  #list(wallet: string, query: URLSearchParams): object {
    const [from, until] = [Number(query.get('min_timestamp')), Number(query.get('max_timestamp'))];
    const contract = query.get('contract_address');
    const rows = [...this.#transactions.values()]
      .filter(({ hash, at }) => at >= from && at <= until && this.#seen('trongrid', hash) !== undefined)
      .filter(
        ({ moved, succeeded }) =>
          succeeded && moved.some((one) => (one.to ?? WALLET) === wallet && (one.contract ?? USDT) === contract),
      )
      .sort((a, b) => a.at - b.at);
    const start = Number(query.get('fingerprint') ?? 0);
    const page = rows.slice(start, start + this.pageSize);
    const hasMore = start + this.pageSize < rows.length;
    return {
      success: true,
      data: page.map(({ hash, at, moved }) => ({
        transaction_id: hash,
        block_timestamp: at,
        from: moved[0]?.from ?? STRANGER,
        to: wallet,
        value: String(moved[0]?.amount),
        type: 'Transfer',
        token_info: { symbol: 'USDT', address: contract, decimals: 6 },
      })),
      meta: {
        at: this.#now,
        page_size: page.length,
        ...(hasMore ? { fingerprint: String(start + this.pageSize) } : {}),
      },
    };
  }

  #seen(source: Source, hash: string): Transaction | undefined {
    return this.#hidden[source].has(hash) ? undefined : this.#transactions.get(hash);
  }
}

function padded(hex = ''): string {
  return hex.padStart(64, '0');
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
