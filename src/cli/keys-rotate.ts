/**
 * `npm run keys:rotate`: wraps every stored key anew under ENCRYPTION_MASTER_KEY; older ones are named in
 * ENCRYPTION_MASTER_KEYS_OLD. Beside a running product; interrupted, it is run again. Exit code 1 while any is left.
 */
import { KeyRotation } from '../modules/accounts/key-rotation.service.js';
import { Database } from '../platform/database/database.js';
import { withApplication } from './command-application.js';

/** Data keys between two lines of progress. */
const TELL_EVERY = 10_000;

await withApplication(async (app) => {
  let told = 0;
  const onBatch = (done: number) => {
    if (done - told < TELL_EVERY) return;
    told = done;
    console.log(`${done} data keys so far`);
  };
  const rotate = () => app.get(KeyRotation).rotate(onBatch);
  const { keyId, dataKeys, secrets, left } = await app.get(Database).inLane('worker', rotate);
  console.log(
    `Under the master key ${keyId}: ${dataKeys} data keys and ${secrets} secrets of the platform wrapped anew.`,
  );
  if (left === 0) {
    console.log('Nothing is left under another one: ENCRYPTION_MASTER_KEYS_OLD may be taken away.');
    return;
  }
  console.log(`${left} were made under another one meanwhile: let all processes use the new key, then run this again.`);
  process.exitCode = 1;
});
