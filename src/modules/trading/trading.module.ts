/**
 * Wires trading: from a stored signal to managed positions, driven by prices and by a scheduled sweep. Its rooms: `fan-out`
 * (a signal becomes everybody's decision), `triggers` (prices), `commands` (what people and switches ask for), `signals` (the
 * signal's own progress), `changes` (how anything that happened is decided in pages and written).
 * Depends on the exchange client chosen by EXCHANGE_MODE and on the market watch; nothing imports this module.
 */
import { Module } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { EXCHANGE_CLIENT } from '../../ports/exchange-client.js';
import { CONFIG } from '../../config/config.module.js';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { PlanLayersRepository } from '../trade-plans/plan-layers.repository.js';
import { TradePlansModule } from '../trade-plans/trade-plans.module.js';
import { TradePlansRepository } from '../trade-plans/trade-plans.repository.js';
import { SafetyModule } from '../safety/safety.module.js';
import { SafetyGate } from '../safety/safety-gate.repository.js';
import { SafetyView } from '../safety/safety-view.service.js';
import { ScopedPositionsRepository } from '../safety/scoped-positions.repository.js';
import { SwitchesRepository } from '../safety/switches.repository.js';
import { SignalEditsRepository } from '../signals/signal-edits.repository.js';
import { CrossAccountsRepository } from '../positions/cross-accounts.repository.js';
import { CrossLimits } from '../positions/cross-limits.service.js';
import { PositionsModule } from '../positions/positions.module.js';
import { SignalsModule } from '../signals/signals.module.js';
import { ChangeWriter } from './changes/change-writer.repository.js';
import { PartExits } from './changes/part-exits.repository.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { CloseHandler } from './commands/close.handler.js';
import { CrossMargin } from './triggers/cross-margin.service.js';
import { CrossingsRepository } from './triggers/crossings.repository.js';
import { DecisionContextsRepository } from './fan-out/decision-contexts.repository.js';
import { DispatchService } from './fan-out/dispatch.service.js';
import { DuePositions } from './triggers/due-positions.service.js';
import { EditLimits } from './commands/edit-limits.service.js';
import { EditHandler } from './commands/edit.handler.js';
import { EntryWriter } from './fan-out/entry-writer.repository.js';
import { FanOutService } from './fan-out/fan-out.service.js';
import { FlattenHandler } from './commands/flatten.handler.js';
import { FollowersRepository } from './fan-out/followers.repository.js';
import { InstrumentsRepository } from './fan-out/instruments.repository.js';
import { PageHandler } from './fan-out/page.handler.js';
import { PeaksRepository } from './triggers/peaks.repository.js';
import { PositionChanges } from './changes/position-changes.service.js';
import { PositionEditsRepository } from './commands/position-edits.repository.js';
import { PositionEdits } from './commands/position-edits.service.js';
import { PositionStateRepository } from './changes/position-state.repository.js';
import { RiskFactsRepository } from './fan-out/risk-facts.repository.js';
import { SignalHandler } from './signals/signal.handler.js';
import { SignalPlans } from './fan-out/signal-plans.service.js';
import { SignalStateRepository } from './signals/signal-state.repository.js';
import { TradingScheduler } from './trading.scheduler.js';
import { TriggerEngine } from './triggers/trigger-engine.service.js';

@Module({
  imports: [SignalsModule, PositionsModule, TradePlansModule, MarketDataModule, SafetyModule],
  providers: [
    InstrumentsRepository,
    FollowersRepository,
    EntryWriter,
    ChangeWriter,
    PartExits,
    PositionStateRepository,
    SignalStateRepository,
    CrossingsRepository,
    DecisionContextsRepository,
    RiskFactsRepository,
    EditLimits,
    PeaksRepository,
    PositionChanges,
    PositionEditsRepository,
    fromParts(
      PositionEdits,
      {
        database: Database,
        positions: PositionStateRepository,
        changes: PositionChanges,
        edits: PositionEditsRepository,
        versions: SignalEditsRepository,
        plans: TradePlansRepository,
        limits: CrossLimits,
        ownLimits: EditLimits,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      DispatchService,
      {
        database: Database,
        signals: SignalStateRepository,
        followers: FollowersRepository,
        plans: SignalPlans,
        work: WorkQueue,
        clock: Clock,
      },
      [CONFIG],
    ),
    fromParts(
      DuePositions,
      {
        positions: PositionStateRepository,
        changes: PositionChanges,
        engine: TriggerEngine,
        watch: MarketWatch,
        clock: Clock,
        logger: Logger,
      },
      [],
    ),
    fromParts(
      SignalPlans,
      {
        layers: PlanLayersRepository,
        plans: TradePlansRepository,
        instruments: InstrumentsRepository,
        contexts: DecisionContextsRepository,
        entitlements: Entitlements,
      },
      [EXCHANGE_CLIENT, CONFIG],
    ),
    fromParts(
      FanOutService,
      {
        followers: FollowersRepository,
        signals: SignalStateRepository,
        positions: PositionStateRepository,
        changes: PositionChanges,
        writer: EntryWriter,
        plans: SignalPlans,
        safety: SafetyGate,
        risk: RiskFactsRepository,
        clock: Clock,
      },
      [EXCHANGE_CLIENT],
    ),
    fromParts(
      CrossMargin,
      {
        database: Database,
        accounts: CrossAccountsRepository,
        positions: PositionStateRepository,
        changes: PositionChanges,
        watch: MarketWatch,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      TriggerEngine,
      {
        database: Database,
        watch: MarketWatch,
        positions: PositionStateRepository,
        signals: SignalStateRepository,
        changes: PositionChanges,
        crossings: CrossingsRepository,
        peaks: PeaksRepository,
        cross: CrossMargin,
        work: WorkQueue,
        safety: SafetyView,
        clock: Clock,
        logger: Logger,
      },
      [],
    ),
    fromParts(
      PageHandler,
      {
        database: Database,
        signals: SignalStateRepository,
        positions: PositionStateRepository,
        fanOut: FanOutService,
        engine: TriggerEngine,
        work: WorkQueue,
        logger: Logger,
      },
      [],
    ),
    fromParts(
      SignalHandler,
      {
        database: Database,
        signals: SignalStateRepository,
        positions: PositionStateRepository,
        changes: PositionChanges,
        edits: PositionEdits,
        versions: SignalEditsRepository,
        dispatch: DispatchService,
        engine: TriggerEngine,
        watch: MarketWatch,
        work: WorkQueue,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      CloseHandler,
      {
        database: Database,
        positions: PositionStateRepository,
        changes: PositionChanges,
        engine: TriggerEngine,
        watch: MarketWatch,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      EditHandler,
      {
        database: Database,
        edits: PositionEdits,
        rows: PositionEditsRepository,
        engine: TriggerEngine,
        watch: MarketWatch,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      FlattenHandler,
      {
        database: Database,
        switches: SwitchesRepository,
        scope: ScopedPositionsRepository,
        positions: PositionStateRepository,
        changes: PositionChanges,
        engine: TriggerEngine,
        watch: MarketWatch,
        work: WorkQueue,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      TradingScheduler,
      {
        runner: WorkRunner,
        notifications: Notifications,
        watch: MarketWatch,
        engine: TriggerEngine,
        positions: PositionStateRepository,
        cross: CrossMargin,
        database: Database,
        clock: Clock,
        logger: Logger,
        signals: SignalHandler,
        pages: PageHandler,
        closes: CloseHandler,
        edits: EditHandler,
        flattens: FlattenHandler,
        safety: SafetyView,
        due: DuePositions,
      },
      [CONFIG, EXCHANGE_CLIENT],
    ),
  ],
  exports: [TriggerEngine],
})
export class TradingModule {}
