/**
 * `npm run audit:verify -- [--head SEQ:HASH]`: holds the audit trail against its chain and names every row that was changed,
 * removed or inserted; with `--head` also against an end of the chain that was noted elsewhere. Exit code 1 when something
 * is wrong.
 */
import { AuditVerificationService } from '../modules/admin/audit/audit-verification.service.js';
import { Database } from '../platform/database/database.js';
import { withApplication } from './command-application.js';
import { optionsOf } from './command-options.js';

const USAGE = 'npm run audit:verify -- [--head 4711:5f0c…], as it was printed';

const values = optionsOf(USAGE, { head: { type: 'string' } });

await withApplication(async (app) => {
  const noted = headOf(values.head);
  const verify = () => app.get(AuditVerificationService).verify(noted);
  const { events, seals, waiting, unsigned, keySince, head, findings } = await app
    .get(Database)
    .inLane('worker', verify);
  for (const { subject, detail } of findings) console.log(`WRONG  ${subject} ${detail}`);
  console.log(`${events} events, ${seals} seals, ${waiting} waiting for their seal, ${findings.length} findings`);
  console.log(`signed since ${keySince.toISOString()}; ${unsigned} events without a signature`);
  if (head !== undefined) console.log(`head ${head.seq}:${head.hash}`);
  if (findings.length > 0) process.exitCode = 1;
});

function headOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (match?.[2] === undefined) throw new TypeError(`Usage: ${USAGE}`);
  return { seq: Number(match[1]), hash: match[2] };
}
