/**
 * Simulated trading: fills are computed by the domain's rules in the transaction that changes the position, so this
 * client never sends anything. Keeps: what an account holds is read from the platform's own books, which are the
 * venue's books here; nothing in it can open a position.
 */
import type { InstrumentRules } from '../../../domain/instrument/instrument.js';
import type {
  Balance,
  ExchangeClient,
  Execution,
  OrderReport,
  OrderRequest,
  SimulatedTerms,
  SubmitResult,
  TradingAccount,
  VenueBooks,
  VenueFees,
  VenuePosition,
} from '../../../ports/exchange-client.js';
import { paperRules } from './paper-rules.js';

export class PaperExchange implements ExchangeClient {
  readonly code = 'paper';
  readonly capabilities = { mode: 'paper', settlesInline: true } as const;

  constructor(
    readonly fees: VenueFees,
    readonly simulation: SimulatedTerms,
    private readonly books: VenueBooks,
  ) {}

  rules(symbol: string, near: string): Promise<InstrumentRules> {
    return Promise.resolve(paperRules(symbol, near));
  }

  balances(account: TradingAccount): Promise<readonly Balance[]> {
    return this.books.balances(account);
  }

  /** Paper orders settle inline; one that arrives here was already settled or never existed. */
  async submit(account: TradingAccount, order: OrderRequest): Promise<SubmitResult> {
    const report = await this.findByClientId(account, order.symbol, order.clientOrderId);
    if (report !== undefined) return { outcome: 'accepted', report };
    return { outcome: 'rejected', reason: 'paper orders are executed with the position that they belong to' };
  }

  async cancel(account: TradingAccount, symbol: string, clientOrderId: string): Promise<SubmitResult> {
    const report = await this.findByClientId(account, symbol, clientOrderId);
    return report === undefined ? { outcome: 'rejected', reason: 'no such order' } : { outcome: 'accepted', report };
  }

  findByClientId(account: TradingAccount, _symbol: string, clientOrderId: string): Promise<OrderReport | undefined> {
    return this.books.findOrder(account, clientOrderId);
  }

  openOrders(account: TradingAccount): Promise<readonly OrderReport[]> {
    return this.books.openOrders(account);
  }

  positions(account: TradingAccount): Promise<readonly VenuePosition[]> {
    return this.books.positions(account);
  }

  fillsSince(account: TradingAccount, since: Date): Promise<readonly (Execution & { clientOrderId: string })[]> {
    return this.books.fillsSince(account, since);
  }
}
