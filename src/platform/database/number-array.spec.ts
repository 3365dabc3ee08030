import { Decimal } from '../../domain/money/decimal.js';
import { numberArray } from './number-array.js';

describe('numberArray', () => {
  it('writes numbers exactly, and what is missing as NULL', () => {
    const values = [Decimal.of('0.10'), Decimal.of('-12345678901234567890.5'), 7, null, undefined];
    expect(numberArray(values)).toBe('{0.1,-12345678901234567890.5,7,NULL,NULL}');
  });

  it('writes an empty array', () => {
    expect(numberArray([])).toBe('{}');
  });
});
