import { hash } from '@node-rs/argon2';
import { PASSWORDS_AT_ONCE, PasswordService } from './password.service.js';

describe('passwords', () => {
  it('go on where a hash cannot be read', async () => {
    const passwords = new PasswordService();
    expect(await passwords.check('right', 'no hash at all')).toBe(false);
    const stored = await passwords.hash('right');
    expect(await passwords.check('right', stored)).toBe(true);
    expect(await passwords.check('wrong', stored)).toBe(false);
    expect(await passwords.check('right', undefined)).toBe(false);
    await passwords.onApplicationShutdown();
    // Another thread takes over.
    expect(await passwords.check('right', stored)).toBe(true);
    await passwords.onApplicationShutdown();
  });
});

describe('the queue of passwords', () => {
  it('lets a sign-in through while new passwords fill their own line', async () => {
    const passwords = new PasswordService();
    const stored = await hash('right', { memoryCost: 8, timeCost: 1, parallelism: 1 });
    const order: string[] = [];
    const refused: unknown[] = [];
    const hashes = Array.from({ length: 80 }, () =>
      passwords.hash('new').then(
        () => order.push('hash'),
        (error: unknown) => refused.push(error),
      ),
    );
    const check = passwords.check('right', stored).then((matches) => order.push(`check ${String(matches)}`));
    await Promise.all([check, ...hashes]);
    expect(refused).toHaveLength(80 - PASSWORDS_AT_ONCE - 50);
    for (const error of refused) expect(error).toMatchObject({ code: 'BUSY', kind: 'too_many' });
    // In one line it would be the last of 53; some run at once, so a few may overtake it.
    expect(order.indexOf('check true')).toBeLessThan(20);
  });

  it('refuses a sign-in only when its own line is full', async () => {
    const passwords = new PasswordService();
    const stored = await hash('right', { memoryCost: 8, timeCost: 1, parallelism: 1 });
    const results = await Promise.allSettled(Array.from({ length: 230 }, () => passwords.check('wrong', stored)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(230 - PASSWORDS_AT_ONCE - 200);
  });
});
