/**
 * Carries an alert of the log out again, and tells what a body would come to.
 * Keeps: a replay is an entry of its own that names the first, audited in the transaction that stores it; it is read by the
 * rules of today from the body without secrets, which it need not show again. Trying out changes nothing.
 */
import { Injectable } from '@nestjs/common';
import type { Alert, DialectCode } from '../../domain/alerts/alert.js';
import { NOTHING_HELD, stepsOf } from '../../domain/alerts/held.js';
import { readAlerts } from '../../domain/alerts/read-alerts.js';
import { intentsOf } from '../../domain/alerts/to-intents.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { AlertInboxRepository } from './alert-inbox.repository.js';
import { symbolsOf, withoutSecret } from './alert-receiver.service.js';
import { type AlertRules, AlertTokensRepository, USUAL_ALERT_RULES } from './alert-tokens.repository.js';
import { AlertTokens, viewerOf } from './alert-tokens.service.js';
import { saidBy } from './alerts.answers.js';
import { alertError } from './alerts.errors.js';
import { AlertsRepository } from './alerts.repository.js';
import { whySentence } from './why-sentences.js';

export interface ReplayParts {
  readonly alerts: AlertsRepository;
  readonly tokens: AlertTokensRepository;
  readonly sources: AlertTokens;
  readonly inbox: AlertInboxRepository;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class AlertReplays {
  constructor(private readonly parts: ReplayParts) {}

  /** Answers the id of the new entry. Throws 404, 409 while the first is under way, 400 for what is no alert. */
  async replay(caller: UserCaller, id: number): Promise<number> {
    const row = await this.parts.alerts.find(viewerOf(caller), id);
    if (row === undefined) throw alertError('ALERT_NOT_FOUND');
    if (row.verdict === 'QUEUED') throw alertError('ALERT_NOT_SETTLED');
    const { dialect, symbol } = await this.parts.tokens.rules(row.source_id);
    const read = readAlerts(row.body, {
      isForm: /urlencoded/i.test(row.content_type),
      dialect: dialect as DialectCode | null,
      symbol,
    });
    if (read.refusal !== null) throw alertError('ALERT_UNUSABLE', { alert_id: row.id, reasons: [read.refusal] });
    return this.parts.database.transaction(async () => {
      const [stored] = await this.parts.inbox.store([
        {
          sourceId: row.source_id,
          token: null,
          receivedAt: this.parts.clock.now(),
          address: row.address,
          contentType: row.content_type,
          userAgent: row.user_agent,
          body: row.body,
          dedup: null,
          dialect: read.dialect,
          symbols: symbolsOf(read.alerts),
          verdict: 'QUEUED',
          reasons: [],
          alerts: read.alerts.map(withoutSecret),
          replayOf: row.id,
        },
      ]);
      if (stored?.is !== 'stored') throw new Error(`the replay of alert ${row.id} was not stored`);
      const after = { replay_of: row.id, source_id: row.source_id };
      const subject = `alert:${stored.id}`;
      await this.parts.audit.record({
        actorKind: 'user',
        actorId: caller.userId,
        action: 'alerts.replay',
        subject,
        after,
      });
      return stored.id;
    });
  }

  /** By the rules of a source of the caller’s, or the usual ones. */
  async tryOut(caller: UserCaller, body: string, sourceId: number | undefined) {
    const rules = sourceId === undefined ? USUAL_ALERT_RULES : await this.parts.sources.rules(caller, sourceId);
    const read = readAlerts(body, { dialect: rules.dialect as DialectCode | null, symbol: rules.symbol });
    const alerts = read.alerts.map(withoutSecret);
    return {
      refusal: read.refusal,
      alerts: alerts.map(saidBy),
      comes_to: alerts.map((alert) => ({
        flat: comesTo(alert, rules, 'flat'),
        long: comesTo(alert, rules, 'long'),
        short: comesTo(alert, rules, 'short'),
      })),
    };
  }
}

function comesTo(alert: Alert, rules: AlertRules, side: 'flat' | 'long' | 'short') {
  const { steps, left } = stepsOf(alert, { ...NOTHING_HELD, side }, rules, false);
  const { intents, refusals } = intentsOf(alert, steps);
  return { steps, reasons: [...left.map((code) => ({ code, says: whySentence(code) })), ...refusals], intents };
}
