import { UnsubscribeLinks } from './unsubscribe-links.js';

const linksOf = (JWT_SECRET: string, JWT_SECRET_PREVIOUS?: string) =>
  new UnsubscribeLinks({ secrets: { JWT_SECRET, JWT_SECRET_PREVIOUS }, process: { PORT: 1 } } as never);

const SUBSCRIPTION = { userId: 7, event: 'daily_summary' } as const;

describe('links to leave mails', () => {
  it('live as long as the secret that made them is the present one or the one before', () => {
    const token = linksOf('old').tokenFor(SUBSCRIPTION);
    expect(linksOf('old').read(token)).toEqual(SUBSCRIPTION);
    expect(linksOf('new', 'old').read(token)).toEqual(SUBSCRIPTION);
    expect(linksOf('new').read(token)).toBeUndefined();
    expect(linksOf('newer', 'new').read(token)).toBeUndefined();
    expect(linksOf('new', 'old').tokenFor(SUBSCRIPTION)).toBe(linksOf('new').tokenFor(SUBSCRIPTION));
  });

  it('are no one else’s', () => {
    const links = linksOf('secret');
    const [, mac = ''] = links.tokenFor(SUBSCRIPTION).split('.');
    const words = Buffer.from('8.daily_summary').toString('base64url');
    for (const forged of [`${words}.${mac}`, `${words}.`, words, '', '.', `${words}.${mac}${mac}`]) {
      expect(links.read(forged)).toBeUndefined();
    }
  });
});
