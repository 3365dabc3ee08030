/** Kill points do nothing by themselves, and strike once, at the pass that was asked for. */
import { armKillPoint, isKillPointArmed, killPoint } from './kill-point.js';

const real = { kill: process.kill, write: process.stderr.write };
const struck: (string | number | undefined)[] = [];

beforeEach(() => {
  struck.length = 0;
  process.kill = (_pid, signal): true => {
    struck.push(signal);
    return true;
  };
  process.stderr.write = (): true => true;
});

afterEach(() => {
  armKillPoint(undefined);
  process.kill = real.kill;
  process.stderr.write = real.write;
});

describe('kill points', () => {
  it('do nothing unless one is armed', () => {
    killPoint('work:claimed');
    expect([isKillPointArmed(), struck]).toEqual([false, []]);
  });

  it('strike at the armed place only, at the pass that was asked for, once', () => {
    armKillPoint('change:stop#2');
    expect(isKillPointArmed()).toBe(true);
    killPoint('change:target');
    killPoint('change:stop');
    expect(struck).toEqual([]);
    killPoint('change:stop');
    killPoint('change:stop');
    expect(struck).toEqual(['SIGKILL']);
  });

  it('can let the process stand still instead', () => {
    armKillPoint('work:claimed!stop');
    killPoint('work:claimed');
    expect(struck).toEqual(['SIGSTOP']);
  });

  it.each(['work:claimd', 'work:claimed#0', 'work:claimed!sleep', ''])('refuse %p', (text) => {
    expect(() => armKillPoint(text)).toThrow('Known: work:claimed');
  });
});
