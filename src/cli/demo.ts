/**
 * `npm run demo`: followers of every kind, three signals, and a live table of what becomes of them, on a server that is
 * running at `--url` and works on the database of DATABASE_URL. `scripts/demo.mjs` starts a server for it.
 * Keeps: never in production, never with real money or real prices, never where a Telegram group would be told.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/schema.js';
import { Clock } from '../platform/clock/clock.js';
import { Database } from '../platform/database/database.js';
import { plugin as simulated } from '../plugins/price-feeds/simulated/index.js';
import { withApplication } from './command-application.js';
import { DemoApi } from './demo/demo-api.js';
import { busySymbols, tellsTelegram, totalsOf } from './demo/demo-figures.js';
import { DEMO_MARKETS, DEMO_SIGNALS, ladderSpan } from './demo/demo-market.js';
import { DEMO_USAGE, type DemoOptions, readDemoOptions, SHORTEST_SECONDS } from './demo/demo-options.js';
import { demoFollowers, DemoPeople } from './demo/demo-people.js';
import { reportLines, tableLines } from './demo/demo-screen.js';
import { DemoShow, type ShowPlan, type ShowResult } from './demo/demo-show.js';
import { DemoTerminal } from './demo/demo-terminal.js';

/** Part of the time in which the ladders shall end, so that little is left to be cancelled. */
const LADDER_SHARE = 0.8;
/** Seconds of `--within` that are kept for closing and the report. */
const CLOSING_SECONDS = 6;
const EXIT_INTERRUPTED = 130;
/** A Ctrl-C may arrive twice within milliseconds, from the terminal and from npm. */
const SAME_WISH_MS = 700;

await withApplication(async (app) => {
  const clock = app.get(Clock);
  const startedAt = clock.monotonicMs();
  const options = readDemoOptions(process.argv.slice(2));
  if (options.url === undefined) throw new TypeError(`--url is missing.\n${DEMO_USAGE}`);
  const api = new DemoApi(options.url);
  const terminal = new DemoTerminal(options.json);
  await refuseWhereItMatters(app, api);
  const people = new DemoPeople(app);
  const provider = await people.makeProvider();
  if (!(await api.signIn(provider))) {
    await people.removeProvider(provider);
    throw new TypeError(`The server at ${options.url} works on another database: set its DATABASE_URL or DATA_DIR.`);
  }
  const stop = stopOnSignal(clock);
  try {
    const plan = await makePlan(app, people, options, (clock.monotonicMs() - startedAt) / 1_000);
    const parts = { api, terminal, clock, database: app.get(Database) };
    const result = await new DemoShow(parts, plan).run(stop);
    show(terminal, result, options);
  } finally {
    await people.endEarlier();
    await api.signOut();
    if (stop.aborted) process.exitCode = EXIT_INTERRUPTED;
  }
});

/** The demo invents signals: it refuses, in a sentence, wherever somebody could take them for real. */
async function refuseWhereItMatters(app: NestFastifyApplication, api: DemoApi): Promise<void> {
  const config = app.get<Config>(CONFIG);
  if (config.process.NODE_ENV === 'production') throw new TypeError('The demo does not run in production.');
  const facts = await api.facts();
  if (facts.mode !== 'paper' || config.trading.EXCHANGE_MODE !== 'paper') {
    throw new TypeError(`The demo runs on paper money only, and this server has EXCHANGE_MODE=${facts.mode}.`);
  }
  if (facts.price_feed !== 'simulated') {
    throw new TypeError(`The demo needs simulated prices, and this server has PRICE_FEED=${facts.price_feed}.`);
  }
  if (config.telegram.TELEGRAM_BOT_TOKEN !== undefined || (await tellsTelegram(app.get(Database)))) {
    throw new TypeError('The demo would tell its invented signals to your Telegram groups: run it without --url.');
  }
  if (!facts.trading_allowed) throw new TypeError('No worker is running on this server: nothing would be traded.');
}

/** Makes the followers and settles where and for how long is traded; `spent` seconds of the time have gone by. */
async function makePlan(
  app: NestFastifyApplication,
  people: DemoPeople,
  options: DemoOptions,
  spent: number,
): Promise<ShowPlan> {
  const config = app.get<Config>(CONFIG);
  const busy = await busySymbols(app.get(Database));
  const markets = DEMO_MARKETS.filter(({ symbol }) => !busy.includes(symbol));
  if (markets.length < DEMO_SIGNALS)
    throw new TypeError('Too many symbols are being traded on this server for a demo.');
  const symbols = markets.slice(0, DEMO_SIGNALS).map(({ symbol }) => symbol);
  const wanted = demoFollowers(options.followers, options.seed, symbols, config.trading.MAX_LEVERAGE);
  const followers = await people.makeFollowers(wanted);
  const seconds = Math.max(SHORTEST_SECONDS, Math.min(options.seconds, options.within - spent - CLOSING_SECONDS));
  const settings = simulated.settings.parse(config.environment);
  const spanOf = (symbol: string) => {
    // A symbol that is not named moves with at least 0.7 times the volatility for all.
    const volatilityPercent =
      settings.SIMULATED_VOLATILITY_BY_SYMBOL.get(symbol) ?? settings.SIMULATED_VOLATILITY_PERCENT * 0.7;
    return ladderSpan({ volatilityPercent, speed: settings.SIMULATED_SPEED }, seconds * LADDER_SHARE);
  };
  return { markets, spanOf, followers, seconds };
}

function show(terminal: DemoTerminal, { view, report, cancelled }: ShowResult, options: DemoOptions): void {
  const note = `Still open at the end, so cancelled and closed at market: ${cancelled.join(', ')}`;
  const notes = cancelled.length === 0 ? [] : ['', note];
  terminal.settle([...tableLines(view), ...notes, '', ...reportLines(report)]);
  if (!options.json) return;
  const { figures, followers, trading } = view;
  const seconds = Number(view.seconds.toFixed(1));
  terminal.result({
    demo: options.seed,
    seconds,
    followers,
    trading,
    ...totalsOf(figures),
    ...figures,
    cancelled,
    report,
  });
}

/** Aborts on the first Ctrl-C or SIGTERM, so that the show ends in order; a second one ends at once. */
function stopOnSignal(clock: Clock): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = () => {
    const now = clock.monotonicMs();
    if (firstAt !== undefined && now - firstAt >= SAME_WISH_MS) process.exit(EXIT_INTERRUPTED);
    firstAt ??= now;
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return controller.signal;
}
