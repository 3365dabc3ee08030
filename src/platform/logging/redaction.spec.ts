import { keepSecretsOf, redact, redactText } from './redaction.js';

describe('what a log line must not show', () => {
  it.each([
    [
      'request to https://api.telegram.org/bot123456789:AAE1234567890abcdefghijklmnopqrstuv/sendMessage failed',
      'request to https://api.telegram.org/bot[redacted]/sendMessage failed',
    ],
    ['password=hunter22222 was refused', 'password=[redacted] was refused'],
    ['body {"email":"a@b.c","password":"hunter2"}', 'body {"email":"a@b.c","password":"[redacted]"}'],
    ['body {\\"password\\":\\"hunter2\\"}', 'body {\\"password\\":\\"[redacted]\\"}'],
    ['X-API-KEY: 0a9d8f7c6b5e', 'X-API-KEY: [redacted]'],
    [
      'GET /order?symbol=BTCUSDT&apiKey=abcdef&signature=0123ff',
      'GET /order?symbol=BTCUSDT&apiKey=[redacted]&signature=[redacted]',
    ],
    ['wss://x/ws?listenKey=pqia91ma19a5', 'wss://x/ws?listenKey=[redacted]'],
    ['GET /verify?token=abcdefgh&user_id=1', 'GET /verify?token=[redacted]&user_id=1'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [redacted]'],
    ['authorization: Bearer abcdefghijklmnop.qrst', 'authorization: Bearer [redacted]'],
    ['redis://:pw12@cache:6379', 'redis://:[redacted]@cache:6379'],
    ['postgres://verzek:pw12@db/verzek', 'postgres://verzek:[redacted]@db/verzek'],
    ['$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA', '[redacted]'],
    [`hash $2b$12$${'a'.repeat(53)}`, 'hash [redacted]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[redacted]'],
  ])('%s', (line, shown) => {
    expect(redactText(line)).toBe(shown);
  });

  it.each([
    'the token is invalid, used or expired',
    'Basic settings were saved; signature mismatch',
    'position 123456:7 of BTCUSDT at 2026-01-01T12:00:00Z, key=BTCUSDT:1763676000000:ab12',
    'GET http://127.0.0.1:8050/api/signals?symbol=BTCUSDT',
  ])('and leaves alone: %s', (line) => {
    expect(redactText(line)).toBe(line);
  });

  it('goes by the names of fields, at any depth, also in errors', () => {
    const error = new Error('failed', { cause: { apiSecret: 'x', at: new Date(0) } });
    expect(redact({ a: [{ signature: 'x', pin: 1234, pwd: 'x', name: 'y', password: null }] })).toEqual({
      a: [{ signature: '[redacted]', pin: '[redacted]', pwd: '[redacted]', name: 'y', password: null }],
    });
    expect(redact(error)).toMatchObject({ cause: { apiSecret: '[redacted]', at: '1970-01-01T00:00:00.000Z' } });
  });

  it('knows the configured secrets by their values, in any place and as part of an address', () => {
    keepSecretsOf({
      JWT_SECRET: 'correct-horse-battery',
      SMTP_URL: 'smtps://me:p%40ss word@mail:465',
      PASSWORD_MIN_LENGTH: '8',
      DATA_DIR: '/srv/data-folder',
      PWD: '/srv/working-folder',
      OLDPWD: '/srv/other-folder',
      DB_PWD: 'database-password',
    });
    expect(redactText('signed with correct-horse-battery!')).toBe('signed with [redacted]!');
    expect(redactText('535 p@ss word refused, p%40ss word too')).toBe('535 [redacted] refused, [redacted] too');
    for (const folder of ['/srv/data-folder', '/srv/working-folder/data', '/srv/other-folder']) {
      expect(redactText(`8 files in ${folder}`)).toBe(`8 files in ${folder}`);
    }
    expect(redactText('database-password was refused')).toBe('[redacted] was refused');
  });
});

it('a switch is no secret, whatever its name', () => {
  expect(redact({ pullToRefresh: true, tokenGate: false, token: 'abc' })).toEqual({
    pullToRefresh: true,
    tokenGate: false,
    token: '[redacted]',
  });
});
