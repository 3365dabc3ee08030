import { csvOf } from './csv.js';

describe('CSV', () => {
  it('quotes what must be quoted and keeps numbers', () => {
    expect(
      csvOf(
        ['a', 'b'],
        [
          ['x, "y"', -1.5],
          ['line\nbreak', null],
        ],
      ),
    ).toBe('a,b\r\n"x, ""y""",-1.5\r\n"line\nbreak",\r\n');
  });

  it.each(['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\t=1', '  =1', '|cmd', '＝1'])('defuses %j', (text) => {
    const [, line = ''] = csvOf(['a'], [[text]]).split('\r\n');
    expect(line.replace(/^"/, '')).toMatch(/^'/);
  });
});
