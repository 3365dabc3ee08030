/**
 * `npm run admin:create -- --email x [--password-stdin]`: makes an administrator, or makes one of an existing user,
 * whose password it replaces and whose sessions it ends.
 * Without a password from standard input it draws one and prints it once.
 */
import { text } from 'node:stream/consumers';
import { PasswordService } from '../modules/auth/password.service.js';
import { UserAccess } from '../modules/auth/user-access.service.js';
import { UsersRepository } from '../modules/users/users.repository.js';
import { AuditTrail } from '../platform/audit/audit-trail.js';
import { Randomness } from '../platform/ids/randomness.js';
import { withApplication } from './command-application.js';
import { optionsOf } from './command-options.js';

const MIN_LENGTH = 8;

const USAGE = 'npm run admin:create -- --email you@example.com [--password-stdin]';

const values = optionsOf(USAGE, { email: { type: 'string' }, 'password-stdin': { type: 'boolean' } });

await withApplication(async (app) => {
  const email = values.email?.trim().toLowerCase() ?? '';
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw new TypeError(`Usage: ${USAGE}`);
  const isGiven = values['password-stdin'] === true;
  const password = isGiven ? (await text(process.stdin)).replace(/\r?\n$/, '') : app.get(Randomness).token(18);
  if (password.length < MIN_LENGTH) throw new TypeError(`The password must have at least ${MIN_LENGTH} characters`);
  const users = app.get(UsersRepository);
  const passwordHash = await app.get(PasswordService).hash(password);
  const made = await users.create({ email, passwordHash, fullName: 'Administrator', role: 'admin', isVerified: true });
  const user = made ?? (await users.findByEmail(email));
  if (user === undefined) throw new TypeError(`${email} could not be stored`);
  if (made === undefined) {
    await app.get(UserAccess).promote(user.id, passwordHash);
  }
  await app.get(AuditTrail).record({ actorKind: 'system', action: 'user.make_admin', subject: `user:${user.id}` });
  console.log(`${email} is an administrator (user ${user.id}).`);
  if (made === undefined)
    console.log('There was a user of this address: the password is replaced, and every session has ended.');
  if (!isGiven) console.log(`Password, shown this once: ${password}`);
});
