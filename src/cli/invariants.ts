/**
 * `npm run invariants -- [--hours N]`: asks whether every invariant of docs/invariants.md holds, over all history or what
 * ended in the last N hours. Exit code 1 when something is broken.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { INVARIANT_NAMES, InvariantsRepository } from '../modules/ops/invariants/invariants.repository.js';
import { Clock } from '../platform/clock/clock.js';
import { withApplication } from './command-application.js';
import { optionsOf } from './command-options.js';

const HOUR_MS = 3_600_000;

/** A look at years of trades takes its time; nobody waits for it. */
const STATEMENT_TIMEOUT_MS = 24 * HOUR_MS;

const values = optionsOf('npm run invariants -- [--hours 24]', { hours: { type: 'string' } });
if (values.hours !== undefined && !/^[1-9]\d{0,5}$/.test(values.hours)) {
  console.error('--hours must be a whole number above 0');
  process.exit(1);
}

async function check(app: NestFastifyApplication): Promise<void> {
  const now = app.get(Clock).now();
  const hours = Number(values.hours);
  const since = values.hours === undefined ? undefined : new Date(now.getTime() - hours * HOUR_MS);
  const found = await app.get(InvariantsRepository).violations(since, now);
  for (const name of INVARIANT_NAMES) {
    const broken = found.filter((violation) => violation.name === name);
    console.log(`${broken.length === 0 ? 'holds ' : 'BROKEN'}  ${name}`);
    for (const { subject, detail } of broken) console.log(`          ${subject}: ${detail}`);
  }
  console.log(`\n${INVARIANT_NAMES.length} invariants, ${found.length} violations`);
  if (found.length > 0) process.exitCode = 1;
}

await withApplication(check, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
