import fc from 'fast-check';
import { composeMail, withUnsubscribe } from '../modules/mail/mail-layout.js';
import { mailPreviews } from './mail-previews.js';

const tags = (html: string) => html.match(/<[a-z/!][^>]*>/gi) ?? [];

describe('mails', () => {
  const plain = mailPreviews('Ada');

  it.each(Object.keys(plain))('%s: as text and as HTML, with a subject, whatever the name is', (kind) => {
    const { subject = '', text, html = '' } = plain[kind] ?? { text: '' };
    expect([subject.length > 0, text.includes('Hello Ada,'), html.includes('Hello Ada,')]).toEqual([true, true, true]);
    expect(html).not.toMatch(/<(script|img|link|iframe)|\son\w+=|javascript:/i);
    const hostile = mailPreviews('<img src=x onerror=alert(1)>\r\nBcc: eve@example.com "&')[kind];
    expect(tags(hostile?.html ?? '')).toEqual(tags(html));
    expect(hostile?.text).toContain('Hello <img src=x onerror=alert(1)> Bcc: eve@example.com "&,');
  });

  it('nothing that comes in changes the shape of a mail', () => {
    const shape = tags(composeMail({ subject: 's', name: 'n', paragraphs: ['p'], facts: [['f', 'v']] }).html ?? '');
    const word = fc.string({ minLength: 1, unit: 'binary' });
    fc.assert(
      fc.property(word, word, word, word, word, (subject, name, paragraph, fact, value) => {
        const made = composeMail({ subject, name: `n${name}`, paragraphs: [paragraph], facts: [[fact, value]] });
        expect(tags(made.html ?? '')).toEqual(shape);
        expect(made.subject).not.toMatch(/[\r\n]/);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('links lead to the web only', () => {
    const action = { label: 'Go', link: 'javascript:alert(1)' };
    expect(() => composeMail({ subject: 's', paragraphs: [], action })).toThrow('links to the web only');
  });

  it('a mail that one may leave says where, in each of its forms', () => {
    const link = 'https://api.example.com/api/notifications/unsubscribe?token=a&b';
    const mail = withUnsubscribe(composeMail({ subject: 's', paragraphs: ['p'] }), link);
    expect(mail.text).toContain(link);
    expect(mail.html).toContain('token=a&#38;b');
    expect(mail.unsubscribeUrl).toBe(link);
  });
});
