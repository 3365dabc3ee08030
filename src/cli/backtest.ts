/**
 * `npm run backtest -- --strategy trend --candles FILE...`: what a strategy would have made of recorded candles, by the rules
 * and on the simulated exchange of the product. Needs no database. Exits with 2 where the strategy looks ahead.
 */
import { loadStrategies } from '../platform/plugins/strategies.js';
import { backtestCommand } from './backtest/backtest-command.js';
import { failureText } from './command-failure.js';

const EXIT_LOOKS_AHEAD = 2;

try {
  const isFit = await backtestCommand(process.argv.slice(2), {
    strategies: await loadStrategies(),
    environment: process.env,
    out: (text) => console.log(text),
    told: (text) => console.error(text),
  });
  process.exitCode = isFit ? 0 : EXIT_LOOKS_AHEAD;
} catch (error) {
  console.error(failureText(error));
  process.exitCode = 1;
}
