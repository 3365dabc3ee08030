/**
 * Wires the bots of the house. Which of them run here HOUSE_BOTS says: none by default.
 * Needs STRATEGIES from the composition root.
 */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { ConfigError } from '../../config/load-config.js';
import type { Config } from '../../config/schema.js';
import { houseBotOf } from '../../domain/signal/house.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Logger } from '../../platform/logging/logger.js';
import { type Strategies, STRATEGIES, type Strategy } from '../../ports/strategy.js';
import { IntakeModule } from '../intake/intake.module.js';
import { IntakeService } from '../intake/intake.service.js';
import { CandlesModule } from '../market-data/candles/candles.module.js';
import { Candles } from '../market-data/candles/candles.service.js';
import { Watchlist } from '../market-data/candles/watchlist.repository.js';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { SignalResultsRepository } from '../signals/signal-results.repository.js';
import { SignalsModule } from '../signals/signals.module.js';
import { SignalsRepository } from '../signals/signals.repository.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import { CandidateChoice } from './candidate-choice.service.js';
import { HouseBotsRepository } from './house-bots.repository.js';
import { HouseCandidatesRepository } from './house-candidates.repository.js';
import { type EngineParts, HouseEngine } from './house-engine.service.js';
import { StrategiesController } from './strategies.controller.js';
import { StrategiesService } from './strategies.service.js';

/** Those that HOUSE_BOTS names. Throws a `ConfigError` for one that there is not. */
function chosen(strategies: Strategies, { house }: Config): Strategy[] {
  const known = [...strategies.keys()].filter((code) => houseBotOf(code) !== undefined);
  return house.HOUSE_BOTS.map((code) => {
    const strategy = known.includes(code) ? strategies.get(code) : undefined;
    if (strategy !== undefined) return strategy;
    throw new ConfigError([`HOUSE_BOTS=${code}: there is no such bot; known: ${known.join(', ')}`]);
  });
}

@Module({
  imports: [MarketDataModule, CandlesModule, SignalsModule, IntakeModule],
  controllers: [StrategiesController],
  providers: [
    HouseBotsRepository,
    HouseCandidatesRepository,
    fromParts(
      CandidateChoice,
      {
        candidates: HouseCandidatesRepository,
        intake: IntakeService,
        sources: SourcesRepository,
        signals: SignalsRepository,
        watch: MarketWatch,
        database: Database,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      StrategiesService,
      {
        bots: HouseBotsRepository,
        candidates: HouseCandidatesRepository,
        sources: SourcesRepository,
        results: SignalResultsRepository,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
      },
      [STRATEGIES],
    ),
    {
      provide: HouseEngine,
      inject: [
        ...[MarketWatch, Candles, Watchlist, HouseBotsRepository, HouseCandidatesRepository, CandidateChoice],
        ...[Database, Clock, Logger, STRATEGIES, CONFIG],
      ],
      useFactory: (
        watch: MarketWatch,
        candles: Candles,
        watchlist: Watchlist,
        bots: HouseBotsRepository,
        candidates: HouseCandidatesRepository,
        choice: CandidateChoice,
        database: Database,
        clock: Clock,
        logger: Logger,
        strategies: Strategies,
        config: Config,
      ) => {
        const parts: EngineParts = {
          ...{ watch, candles, watchlist, bots, candidates, choice, database, clock },
          logger: logger.for('house'),
        };
        return new HouseEngine(parts, chosen(strategies, config));
      },
    },
  ],
})
export class StrategiesModule implements OnModuleInit {
  constructor(
    private readonly engine: HouseEngine,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE !== 'api') this.engine.start();
  }
}
