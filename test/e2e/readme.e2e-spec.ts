/**
 * The README's walk-through, run from its text against the application with the simulated feed: what a reader types works.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { PasswordService } from '../../src/modules/auth/password.service.js';
import { UsersRepository } from '../../src/modules/users/users.repository.js';
import { plugin } from '../../src/plugins/price-feeds/simulated/index.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

interface Answer {
  readonly command: string;
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const script = /<!-- walk-through[^]*?```sh\n([^]*?)```/.exec(readme)?.[1] ?? '';

/** Takes shell words apart as far as the walk-through needs it: quotes and `$NAME`. */
function words(line: string, variables: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  let word: string | undefined;
  const fill = (text: string) => text.replace(/\$(\w+)/g, (_all, name: string) => variables.get(name) ?? '');
  for (const [part = ''] of line.matchAll(/'[^']*'|"[^"]*"|\s+|[^\s'"]+/g)) {
    if (/^\s/.test(part)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else if (part.startsWith("'")) word = (word ?? '') + part.slice(1, -1);
    else word = (word ?? '') + fill(part.startsWith('"') ? part.slice(1, -1) : part);
  }
  return word === undefined ? found : [...found, word];
}

async function curl(args: readonly string[]): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers: Record<string, string> = {};
  let url = '';
  let method: string | undefined;
  let body: string | undefined;
  for (let index = 1; index < args.length; index += 1) {
    const word = args[index] as string;
    if (word === '-s') continue;
    if (!word.startsWith('-')) url = word;
    else {
      const value = args[(index += 1)] ?? '';
      if (word === '-X') method = value;
      else if (word === '-d') body = value;
      else if (word === '-H') headers[value.slice(0, value.indexOf(':'))] = value.slice(value.indexOf(':') + 1).trim();
      else throw new Error(`the walk-through uses an option this test does not know: ${word}`);
    }
  }
  const response = await fetch(url, { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function pick(body: Record<string, unknown>, path: string): string {
  let value: unknown = body;
  for (const key of path.split('.')) value = Reflect.get(Object(value), key);
  return String(value);
}

describe('the README', () => {
  let test: TestApplication;
  const answers: Answer[] = [];

  beforeAll(async () => {
    const host = {
      now: () => new Date(),
      after: (ms: number, task: () => void) => {
        const timer = setTimeout(task, ms);
        return () => clearTimeout(timer);
      },
      every: (ms: number, task: () => void) => {
        const timer = setInterval(task, ms);
        return () => clearInterval(timer);
      },
      log: () => undefined,
    };
    test = await startTestApplication({
      parts: { priceFeed: plugin.create(plugin.settings.parse({}), host, undefined) },
    });
    const passwordHash = await test.app.get(PasswordService).hash('correct horse battery');
    const admin = { email: 'admin@example.com', passwordHash, fullName: '', role: 'admin' as const, isVerified: true };
    await test.app.get(UsersRepository).create(admin);
    await test.app.listen(0, '127.0.0.1');
  });

  afterAll(() => test.close());

  it('walks a signal to its end, command by command', async () => {
    const { port } = test.app.getHttpServer().address() as AddressInfo;
    const variables = new Map<string, string>();
    for (const line of script.split('\n').filter((text) => text !== '' && !text.startsWith('#'))) {
      const assignment = /^(\w+)=(.*)$/.exec(line);
      if (assignment !== null) {
        const [, name = '', value = ''] = assignment;
        const asked = /^<(.+)>$/.exec(value)?.[1];
        const last = answers.at(-1)?.body ?? {};
        variables.set(name, asked === undefined ? value.replace(':8050', `:${port}`) : pick(last, asked));
        continue;
      }
      if (line === 'sleep 2') {
        await settled(Number(variables.get('SIGNAL_ID')));
        continue;
      }
      const answer = await curl(words(line, variables));
      answers.push({ command: line, ...answer });
      expect([line, answer.status < 300, answer.body.ok]).toEqual([line, true, true]);
    }
    expect(answers).toHaveLength(13);
    const positions = answers.flatMap(({ body }) =>
      body.positions === undefined ? [] : [body.positions as PositionBody[]],
    );
    expect(positions.map(([position]) => position?.status)).toEqual(['OPEN', 'PARTIAL', 'STOPPED', 'CANCELLED']);
    expect(positions[1]?.[0]?.targets.map((target) => target.hit)).toEqual([true, false, false]);
    expect(positions[2]?.[0]?.remaining_qty).toBe(0);
    expect(answers.at(-1)?.body.report).toMatchObject({ total_trades: 2, final: false });
  });

  interface PositionBody {
    status: string;
    remaining_qty: number;
    targets: { hit: boolean }[];
  }

  it('waits after each signal until followers hold it, for readers who paste all of it', () => {
    const posted = script.split('curl ').filter((part) => part.startsWith('-s $API/signals -H'));
    expect(posted).toHaveLength(2);
    for (const part of posted) expect(part).toContain('\nsleep 2\n');
  });

  /** What the walk-through sleeps for. */
  function settled(signalId: number): Promise<unknown> {
    return eventually(() => test.db.first('SELECT 1 AS done FROM decisions WHERE signal_id = $1', [signalId]));
  }
});
