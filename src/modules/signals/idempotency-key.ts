/** The key under which a repeat has the effect of one: from the header, or from the body. */
import { invalidInput } from '../../platform/http/validation.js';

const KEY = /^[\x21-\x7e]{1,128}$/;

/** Null where none is given. Throws 400 for what is no key. */
export function keyOf(header: string | undefined, field: string | undefined): string | null {
  const key = header ?? field ?? null;
  if (key === null || KEY.test(key)) return key;
  throw invalidInput([{ field: 'idempotency_key', rule: 'must be 1 to 128 printable characters without blanks' }]);
}
