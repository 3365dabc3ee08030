/**
 * `npm run archive -- --before YYYY-MM-DD [--dry-run]`: moves trades that ended before that day (UTC) to the archive, beside
 * a running product, and says how far it is. Interrupted, it may be started again: what is moved is moved.
 */
import { ArchiveRepository, type Moved, MOVED_TABLES } from '../modules/archive/archive.repository.js';
import { ArchiveService } from '../modules/archive/archive.service.js';
import { Clock } from '../platform/clock/clock.js';
import { Database } from '../platform/database/database.js';
import { withApplication } from './command-application.js';
import { optionsOf } from './command-options.js';

/** Between two lines of progress. */
const TELL_MS = 1_000;

const USAGE = 'npm run archive -- --before 2026-01-31 [--dry-run]';

const values = optionsOf(USAGE, { before: { type: 'string' }, 'dry-run': { type: 'boolean' } });

await withApplication(async (app) => {
  const wanted = dayOf(values.before);
  const service = app.get(ArchiveService);
  const before = await service.horizon(wanted);
  if (before === undefined)
    throw new TypeError('No daily report has been made yet: nothing may be archived before one.');
  if (before < wanted) {
    console.log(`Only before ${before.toISOString()}: what is younger is still looked back at.`);
  }
  if (values['dry-run'] === true) {
    console.log(`Would move: ${told(await app.get(ArchiveRepository).count(before))}`);
    return;
  }
  const clock = app.get(Clock);
  let toldAt = clock.monotonicMs();
  const onBatch = (sum: Moved) => {
    if (clock.monotonicMs() - toldAt < TELL_MS) return;
    toldAt = clock.monotonicMs();
    console.log(told(sum));
  };
  const { moved } = await app.get(Database).inLane('worker', () => service.run(before, { onBatch }));
  console.log(`Moved: ${told(moved)}`);
});

function dayOf(text: string | undefined): Date {
  const day = new Date(text ?? Number.NaN);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) throw new TypeError(`Usage: ${USAGE}`);
  return day;
}

function told(moved: Moved): string {
  return MOVED_TABLES.map((table) => `${table} ${moved[table]}`).join(', ');
}
