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

  it.each(['=HYPERLINK("x")', '+1', '-1+2', '@SUM(A1)', '\t=1', '  =1', '|cmd', '＝1'])('defuses %j', (text) => {
    const [, line = ''] = csvOf(['a'], [[text]]).split('\r\n');
    expect(line.replace(/^"/, '')).toMatch(/^'/);
  });

  it('defuses what is a cell of its own where a semicolon or a tab begins one', () => {
    expect(csvOf(['a'], [['Bob;=HYPERLINK(A1); -2']])).toBe("a\r\nBob;'=HYPERLINK(A1); '-2\r\n");
  });

  it('leaves decimals as they are, losses too', () => {
    expect(csvOf(['pnl'], [['-12.5'], ['0.1']])).toBe('pnl\r\n-12.5\r\n0.1\r\n');
  });
});
