import fc from 'fast-check';
import { inputProblem } from './plain-input.js';

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

describe('input', () => {
  it('passes whatever JSON a person may send', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const isPlain = !JSON.stringify(value).includes('\\u0000');
        fc.pre(isPlain);
        expect(inputProblem(value, '')).toBeUndefined();
      }),
    );
  });

  it.each([
    [{ name: 'a\0b' }, 'name', 'NUL'],
    [{ tags: ['x', '\0'] }, 'tags.1', 'NUL'],
    [{ meta: { deep: { er: '\ud800' } } }, 'meta.deep.er', 'Unicode'],
    [{ meta: { 'k\0': 1 } }, 'meta', 'NUL'],
    [{ '\udc00': 1 }, 'body', 'Unicode'],
  ])('names the field in %j', (value, field, rule) => {
    expect(inputProblem(value, '')).toEqual({ field, rule: expect.stringContaining(rule) as string });
  });

  it('stops at a depth that no form has, without running out of stack', () => {
    expect(inputProblem(nested(30), '')).toBeUndefined();
    expect(inputProblem(nested(5_000), '')?.rule).toContain('nested deeper');
  });
});
