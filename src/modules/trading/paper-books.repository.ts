/**
 * What the platform's own books say of a paper account: balance, orders, positions, fills.
 * Keeps: read only; one account at a time, named with its owner.
 */
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../domain/money/decimal.js';
import type { Liquidity, OrderStatus } from '../../domain/order/order.js';
import { Database } from '../../platform/database/database.js';
import type {
  Balance,
  Execution,
  OrderReport,
  TradingAccount,
  VenueBooks,
  VenuePosition,
} from '../../ports/exchange-client.js';

interface FillRow {
  client_order_id: string;
  trade_id: string;
  price: string;
  qty: string;
  fee: string;
  liquidity: Liquidity;
}

const FILLS = `
  SELECT o.client_order_id, f.trade_id, f.price, f.qty, f.fee, f.liquidity FROM fills f JOIN orders o ON o.id = f.order_id`;

@Injectable()
export class PaperBooksRepository implements VenueBooks {
  constructor(private readonly database: Database) {}

  async balances(account: TradingAccount): Promise<readonly Balance[]> {
    const row = await this.database.first<{ balance: string; margin_used: string }>(
      'SELECT balance, margin_used FROM accounts WHERE id = $1 AND user_id = $2',
      [account.accountId, account.userId],
    );
    if (row === undefined) return [];
    const available = Decimal.of(row.balance).minus(Decimal.of(row.margin_used));
    return [{ currency: 'USDT', total: row.balance, available: available.toString() }];
  }

  async findOrder(account: TradingAccount, clientOrderId: string): Promise<OrderReport | undefined> {
    const [report] = await this.#orders(account, 'client_order_id = $3', clientOrderId);
    return report;
  }

  openOrders(account: TradingAccount): Promise<readonly OrderReport[]> {
    return this.#orders(account, 'status = $3', 'OPEN');
  }

  positions(account: TradingAccount): Promise<readonly VenuePosition[]> {
    return this.database.query<VenuePosition>(
      `SELECT symbol, side, remaining_qty AS qty, entry_price AS "entryPrice" FROM positions
       WHERE account_id = $1 AND user_id = $2 AND closed_at IS NULL AND status <> 'PENDING' ORDER BY id`,
      [account.accountId, account.userId],
    );
  }

  async fillsSince(account: TradingAccount, since: Date): Promise<readonly (Execution & { clientOrderId: string })[]> {
    const rows = await this.database.query<FillRow>(
      `${FILLS} WHERE f.account_id = $1 AND f.user_id = $2 AND f.created_at >= $3 ORDER BY f.id`,
      [account.accountId, account.userId, since],
    );
    return rows.map((row) => ({ ...toExecution(row), clientOrderId: row.client_order_id }));
  }

  async #orders(account: TradingAccount, condition: string, value: string): Promise<OrderReport[]> {
    const orders = await this.database.query<{ client_order_id: string; status: OrderStatus }>(
      `SELECT client_order_id, status FROM orders WHERE account_id = $1 AND user_id = $2 AND ${condition} ORDER BY id`,
      [account.accountId, account.userId, value],
    );
    const ids = orders.map((order) => order.client_order_id);
    const fills = await this.database.query<FillRow>(
      `${FILLS} WHERE o.account_id = $1 AND o.client_order_id = ANY ($2::text[]) ORDER BY f.id`,
      [account.accountId, ids],
    );
    return orders.map((order) => ({
      clientOrderId: order.client_order_id,
      venueOrderId: `paper-${order.client_order_id}`,
      status: order.status,
      executions: fills.filter((fill) => fill.client_order_id === order.client_order_id).map(toExecution),
    }));
  }
}

function toExecution(row: FillRow): Execution {
  return { tradeId: row.trade_id, price: row.price, qty: row.qty, fee: row.fee, liquidity: row.liquidity };
}
