import type { NotificationChannel } from '../../ports/notification-channel.js';
import { StoppableChannel } from './stoppable-channel.js';

describe('a channel that can be left', () => {
  it('passes on what the provider says', async () => {
    const inner: NotificationChannel = { code: 'x', send: () => Promise.resolve({ outcome: 'delivered' }) };
    const channel = new StoppableChannel(inner);
    expect(channel.code).toBe('x');
    expect(await channel.send('a', { text: 't' }, 'k')).toEqual({ outcome: 'delivered' });
  });

  it('ends every wait at once when it is stopped, and sends nothing after', async () => {
    let sent = 0;
    let stopped = false;
    const inner: NotificationChannel = {
      code: 'x',
      send: () => {
        sent += 1;
        return new Promise(() => undefined);
      },
      stop: () => Promise.resolve(void (stopped = true)),
    };
    const channel = new StoppableChannel(inner);
    const waiting = channel.send('a', { text: 't' }, 'k');
    await channel.stop();
    expect(await waiting).toMatchObject({ outcome: 'retry' });
    expect(await channel.send('a', { text: 't' }, 'k')).toMatchObject({ outcome: 'retry' });
    expect([sent, stopped]).toEqual([1, true]);
  });
});
