/**
 * Stores how the listening goes. Keeps: `since` moves only when the state does.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { ListenerReport, ListenerState } from '../../ports/message-listener.js';

export interface ListenerRow {
  state: ListenerState;
  reason: string;
  failures: number;
  since: Date;
  beat_at: Date;
}

@Injectable()
export class ListenerStates {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async note({ state, reason, failures }: ListenerReport): Promise<void> {
    await this.database.execute(
      `INSERT INTO telegram_listener (id, state, reason, failures, since, beat_at) VALUES (1, $1, $2, $3, $4, $4)
       ON CONFLICT (id) DO UPDATE SET state = $1, reason = $2, failures = $3, beat_at = $4,
         since = CASE WHEN telegram_listener.state = $1 THEN telegram_listener.since ELSE $4 END`,
      [state, reason, failures, this.clock.now()],
    );
  }

  read(): Promise<ListenerRow | undefined> {
    return this.database.first<ListenerRow>(
      'SELECT state, reason, failures, since, beat_at FROM telegram_listener WHERE id = 1',
    );
  }
}
