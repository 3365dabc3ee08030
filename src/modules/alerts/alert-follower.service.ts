/**
 * Carries out alerts, those of one source strictly one after the other: what is held, what the alert changes of it, and the
 * intents that do so.
 * Keeps: what an alert comes to is stored before anything of it is done, so a crash in the middle goes on with that and never
 * decides anew; intents have keys, so doing them again does nothing; what is too old enters nothing, and closes.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { Alert } from '../../domain/alerts/alert.js';
import { isStale } from '../../domain/alerts/freshness.js';
import { stepsOf } from '../../domain/alerts/held.js';
import { saidAfter, type SaidPosition } from '../../domain/alerts/said-position.js';
import { intentsOf } from '../../domain/alerts/to-intents.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { type ClaimedWork } from '../../platform/work/work-queue.js';
import { type WorkHandler, WorkRunner } from '../../platform/work/work-runner.js';
import type { IntakeResult } from '../intake/intake-result.js';
import { IntakeService } from '../intake/intake.service.js';
import { ALERT_QUEUE } from './alert-inbox.repository.js';
import { type AlertRules, AlertTokensRepository } from './alert-tokens.repository.js';
import { type AlertPlan, type AlertRow, AlertsRepository, type Outcome, type Reason } from './alerts.repository.js';
import { whySentence } from './why-sentences.js';

const EVERYBODY = { ownerId: null };

export interface FollowerParts {
  readonly alerts: AlertsRepository;
  readonly tokens: AlertTokensRepository;
  readonly intake: IntakeService;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly clock: Clock;
}

/** What is believed to be held of one symbol, while a body of several alerts is carried out. */
interface Believed {
  said: SaidPosition | null;
  closedThrough: number;
}

@Injectable()
export class AlertFollower implements WorkHandler, OnModuleInit {
  readonly queue = ALERT_QUEUE;
  readonly concurrency = 8;
  readonly leaseMs = 30_000;
  readonly maxAttempts = 8;

  constructor(
    private readonly parts: FollowerParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE !== 'api') this.parts.runner.register(this);
  }

  async handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const row = await this.parts.alerts.find(EVERYBODY, Number(work.payload.alert_id));
    if (row?.verdict !== 'QUEUED') return;
    try {
      await this.#follow(row, complete);
    } catch (error) {
      if (work.attempts < this.maxAttempts) throw error;
      const says = 'it could not be carried out; the reason is in the log of the server';
      const lost: Outcome = {
        verdict: 'FAILED',
        reasons: [{ code: 'FAILED', says }],
        results: [],
        signalIds: row.signal_ids,
      };
      await this.parts.alerts.settle(row.id, lost);
      throw error;
    }
  }

  async #follow(row: AlertRow, complete: () => Promise<void>): Promise<void> {
    const rules = await this.parts.tokens.rules(row.source_id);
    const believed = new Map<string, Believed>();
    const results: IntakeResult[][] = [];
    const plans: AlertPlan[] = [];
    for (const [index, alert] of row.alerts.entries()) {
      const symbol = alert.pair ?? alert.symbol ?? '';
      const before = await this.#believed(row, symbol, believed);
      const plan = row.plans[index] ?? (await this.#plan(row, alert, symbol, before, rules));
      const key = row.alerts.length === 1 ? `alert:${row.id}` : `alert:${row.id}/${index + 1}`;
      const done = await this.parts.intake.carryOut(plan.intents, { sourceId: row.source_id }, key);
      before.said = saidAfter(alert, before.said);
      before.closedThrough = Math.max(before.closedThrough, ...closedBy(plan, done));
      plans.push(plan);
      results.push(done);
      // The next alert of this body must see what this one has closed.
      if (index + 1 < row.alerts.length)
        await this.parts.alerts.setPosition(row, symbol, before.said, before.closedThrough);
    }
    await this.parts.database.transaction(async () => {
      for (const [symbol, { said, closedThrough }] of believed) {
        if (symbol !== '') await this.parts.alerts.setPosition(row, symbol, said, closedThrough);
      }
      await this.parts.alerts.settle(row.id, outcomeOf(plans, results));
      await complete();
    });
  }

  async #believed(row: AlertRow, symbol: string, known: Map<string, Believed>): Promise<Believed> {
    const found = known.get(symbol);
    if (found !== undefined) return found;
    const { said } = await this.parts.alerts.held(row.source_id, symbol);
    const believed: Believed = { said, closedThrough: 0 };
    known.set(symbol, believed);
    return believed;
  }

  /** Decides, and stores what was decided. */
  async #plan(row: AlertRow, alert: Alert, symbol: string, { said }: Believed, rules: AlertRules): Promise<AlertPlan> {
    const { side } = await this.parts.alerts.held(row.source_id, symbol);
    const { steps, left, gap } = stepsOf(alert, { side, said }, rules, this.#isLate(row, alert, rules));
    const { intents, refusals } = intentsOf(alert, steps);
    const reasons = [...left.map((code) => ({ code, says: whySentence(code) })), ...refusals];
    const plan: AlertPlan = { steps, gap, reasons, intents };
    if (!(await this.parts.alerts.addPlan(row.id, plan))) throw new Error(`alert ${row.id} was settled meanwhile`);
    return plan;
  }

  /** By the time that it carries, and by how long it has waited here. What staff have carried out again is not. */
  #isLate(row: AlertRow, alert: Alert, rules: AlertRules): boolean {
    const waited = this.parts.clock.now().getTime() - row.received_at.getTime();
    if (waited > this.config.alerts.ALERT_ENTRY_SECONDS * 1_000) return true;
    return row.replay_of === null && isStale(alert, row.received_at, rules.maxLagSeconds);
  }
}

/** Signals that the plan’s closing intents have ended. */
function closedBy(plan: AlertPlan, results: readonly IntakeResult[]): number[] {
  return plan.intents.flatMap((intent, index) => {
    const closes = intent.kind === 'CHANGE' && intent.changes.some(({ kind }) => kind === 'CLOSE');
    const result = results[index];
    return closes && result !== undefined && result.outcome !== 'refused' ? [...result.signalIds] : [];
  });
}

function outcomeOf(plans: readonly AlertPlan[], results: readonly IntakeResult[][]): Outcome {
  const all = results.flat();
  const reasons: Reason[] = plans.flatMap((plan) => [...plan.reasons]);
  for (const { code, message } of all) if (code !== null) reasons.push({ code, says: message });
  const isDone = all.some(({ outcome }) => outcome === 'done');
  const isRefused = all.some(({ outcome }) => outcome === 'refused') || plans.some(isPlanRefused);
  const signalIds = [...new Set(all.flatMap((result) => result.signalIds))];
  return { verdict: isDone ? 'DONE' : isRefused ? 'REFUSED' : 'NOTHING', reasons, results, signalIds };
}

/** There was something to do, and it was not done. */
const REFUSALS = new Set([
  'STALE',
  'GAP',
  'SAME_DIRECTION',
  'SIZE_UNKNOWN',
  'NO_SYMBOL',
  'NOT_A_PAIR',
  'LEVEL_UNIT',
  'NO_PRICE',
  'BAD_PLAN',
]);

const isPlanRefused = ({ reasons }: AlertPlan): boolean => reasons.some(({ code }) => REFUSALS.has(code));
