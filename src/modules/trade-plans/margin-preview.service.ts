/**
 * Tells what a signal comes to for a user in leverage, margin and liquidation price, as if the market stood at its entry.
 * Keeps: reckons with the very functions of the decision; stores nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { InstrumentRules } from '../../domain/instrument/instrument.js';
import { Decimal } from '../../domain/money/decimal.js';
import { layOut } from '../../domain/plan/lay-out.js';
import type { ResolvedPlan } from '../../domain/plan/resolve-plan.js';
import { type MarginPreview, marginPreview } from '../../domain/risk/margin-preview.js';
import type { SignalPlan } from '../../domain/sizing/plan-entry.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { MarginPreviewRepository, type PreviewRow } from './margin-preview.repository.js';
import { planError } from './trade-plans.errors.js';

@Injectable()
export class MarginPreviews {
  constructor(
    private readonly repository: MarginPreviewRepository,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** `resolved` is the plan of this signal for this user. */
  async of(signalId: number, userId: number, resolved: ResolvedPlan): Promise<MarginPreview> {
    const row = await this.repository.find(signalId, userId, this.client.code);
    if (row === undefined) throw planError('SIGNAL_NOT_FOUND');
    const rules = await this.#rules(row);
    const entry = Decimal.of(row.entry);
    const laidOut = layOut({
      signal: {
        symbol: row.symbol,
        side: row.side,
        entry,
        stopLoss: Decimal.of(row.stop_loss),
        targets: row.target_prices.map((price) => Decimal.of(price)),
      },
      values: resolved.values,
      rules,
      market: entry,
      tolerancePercent: Decimal.of(this.config.trading.ENTRY_TOLERANCE_PERCENT),
    });
    const [layout, refusal] = 'refusal' in laidOut ? [null, laidOut.refusal] : [laidOut, null];
    const isCross = row.trade_type !== 'SPOT' && resolved.values['margin.mode'] === 'CROSS';
    const plan = { ...this.#plan(signalId, row, rules, layout), isCross };
    return marginPreview(plan, row.per_trade_usdt, row.leverage, refusal, Decimal.of(row.free));
  }

  #plan(signalId: number, row: PreviewRow, rules: InstrumentRules, layout: SignalPlan['layout']): SignalPlan {
    const { trading } = this.config;
    const { makerPercent, takerPercent } = this.client.fees;
    return {
      signalId,
      sourceId: 0,
      symbol: row.symbol,
      side: row.side,
      confidence: 0,
      layout,
      brackets: this.client.simulation?.brackets,
      isSpot: row.trade_type === 'SPOT',
      isCross: false,
      refusal: null,
      switches: [],
      rules,
      limits: {
        maxLeverage: trading.MAX_LEVERAGE,
        maxConcurrentTrades: trading.MAX_CONCURRENT_TRADES,
        tradesOfTier: {},
        allowedTiers: [],
        entryFeePercent: Decimal.of(layout?.entryType === 'LIMIT' ? makerPercent : takerPercent),
        takerFeePercent: Decimal.of(takerPercent),
        requireVerified: false,
      },
    };
  }

  async #rules(row: PreviewRow): Promise<InstrumentRules> {
    const rules = await this.client.rules(row.symbol, row.entry);
    return {
      ...rules,
      tickSize: row.tick_size ?? rules.tickSize,
      lotStep: row.lot_step ?? rules.lotStep,
      minQty: row.min_qty ?? rules.minQty,
      minNotional: row.min_notional ?? rules.minNotional,
      maxLeverage: row.max_leverage ?? rules.maxLeverage,
    };
  }
}
