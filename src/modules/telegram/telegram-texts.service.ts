/**
 * What administrators read when they ask: status, report, positions, help. Keeps: plain text; reads only.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { SafetyView } from '../safety/safety-view.service.js';
import { ListenerStates } from './listener-state.repository.js';
import { TelegramFigures } from './telegram-figures.repository.js';
import type { Answer } from './telegram-replies.service.js';

const MOST_SYMBOLS = 30;

const HELP = [
  '/status: whether trading works, and what stands in its way',
  '/positions: what is held, by symbol',
  '/report: the newest daily report',
  '/pause 30: no new entries for 30 minutes (60 without a number)',
  '/kill: stop all new exposure; asks back',
  '/resume: end a pause or the kill switch; asks back',
  'Send a signal here to see how it is read: nothing is traded.',
];

@Injectable()
export class TelegramTexts {
  constructor(
    private readonly safety: SafetyView,
    private readonly figures: TelegramFigures,
    private readonly states: ListenerStates,
    private readonly clock: Clock,
  ) {}

  help(): Answer {
    return { lines: HELP };
  }

  async status(): Promise<Answer> {
    const safety = await this.safety.latest();
    const open = await this.figures.open();
    const listener = await this.states.read();
    const { kill_switch: kill, trading_pause: pause, circuit_breaker: breaker } = safety;
    return {
      lines: [
        safety.isTradingAllowed ? '✅ Trading works' : '⛔ Trading is halted',
        ...(kill.active ? [`Kill switch since ${kill.activated_at ?? '?'}${because(kill.reason)}`] : []),
        ...(pause.active ? [`Paused until ${pause.until ?? '?'}${because(pause.reason)}`] : []),
        ...(breaker.active ? [`Circuit breaker ${breaker.state}${because(breaker.reason)}`] : []),
        ...(breaker.accounts > 0 ? [`Circuit breakers of accounts: ${breaker.accounts}`] : []),
        `Open positions: ${open.positions} of ${open.users} users`,
        `Live signals: ${open.live_signals}`,
        ...(listener === undefined ? [] : [`Telegram: ${listener.state} since ${listener.since.toISOString()}`]),
        this.clock.now().toISOString(),
      ],
    };
  }

  async positions(): Promise<Answer> {
    const held = await this.figures.held(MOST_SYMBOLS + 1);
    if (held.length === 0) return { lines: ['Nothing is held.'] };
    const lines = held.slice(0, MOST_SYMBOLS).map(({ symbol, side, positions, value_usdt, pnl_usdt }) => {
      const pnl = pnl_usdt === null ? '' : `, PnL ${pnl_usdt} USDT`;
      return `${symbol} ${side}: ${positions} × ${value_usdt} USDT in all${pnl}`;
    });
    return { lines: [...lines, ...(held.length > MOST_SYMBOLS ? ['… and more'] : [])] };
  }

  async report(): Promise<Answer> {
    const row = await this.figures.report();
    if (row === undefined) return { lines: ['No daily report has been made yet.'] };
    const { day, report } = row;
    return {
      lines: [
        `📊 Daily report ${day}`,
        `Trades: ${report.total_trades}, won ${report.winning_trades}, lost ${report.losing_trades}`,
        `Win rate: ${report.win_rate_pct}%`,
        `Total profit: ${report.total_profit_pct}%`,
        `PnL: ${report.total_pnl_usdt} USDT, fees ${report.fees_usdt} USDT`,
        `Targets hit: ${report.tp_hits}, stops hit: ${report.sl_hits}`,
      ],
    };
  }
}

const because = (reason: string | null): string => (reason === null || reason === '' ? '' : `: ${reason}`);
