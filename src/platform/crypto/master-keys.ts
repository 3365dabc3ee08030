/**
 * The master keys that this process knows: the one that wraps, and older ones that still unwrap while keys are rotated.
 * Keeps: what was wrapped names its key, so none is tried by guessing; an unknown one is refused in a sentence.
 */
import { ConfigError } from '../../config/load-config.js';
import type { Config } from '../../config/schema.js';
import { decrypt, encrypt, masterKey } from './envelope.js';

export interface Wrapped {
  readonly wrapped: Buffer;
  readonly keyId: string;
}

/** What is stored was wrapped by a key that the configuration does not name. */
export class UnknownMasterKeyError extends ConfigError {
  constructor(keyId: string) {
    super([
      `ENCRYPTION_MASTER_KEY is not the key that the stored secrets were encrypted with (its id is ${keyId}): set the right ` +
        'one, or name that one in ENCRYPTION_MASTER_KEYS_OLD until npm run keys:rotate has run',
    ]);
    this.name = 'UnknownMasterKeyError';
  }
}

export class MasterKeys {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: { readonly key: Buffer; readonly id: string };

  /** `texts`: the current key first. Throws a `RangeError` for what is not 32 bytes. */
  constructor(texts: readonly [string, ...string[]]) {
    this.#current = masterKey(texts[0]);
    this.#keys = new Map(texts.map(masterKey).map(({ id, key }) => [id, key]));
  }

  static fromConfig({ secrets }: Pick<Config, 'secrets'>): MasterKeys {
    if (secrets.ENCRYPTION_MASTER_KEY === undefined) throw new Error('ENCRYPTION_MASTER_KEY is not set');
    return new MasterKeys([secrets.ENCRYPTION_MASTER_KEY, ...secrets.ENCRYPTION_MASTER_KEYS_OLD]);
  }

  /** The short name of the key that wraps; it says nothing of the key itself. */
  get currentId(): string {
    return this.#current.id;
  }

  get knownIds(): string[] {
    return [...this.#keys.keys()];
  }

  wrap(plain: Buffer, place: string): Wrapped {
    return { wrapped: encrypt(this.#current.key, plain, place), keyId: this.#current.id };
  }

  /** Throws an `UnknownMasterKeyError`, or a `DecryptionError` where it is damaged or belongs elsewhere. */
  unwrap({ wrapped, keyId }: Wrapped, place: string): Buffer {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new UnknownMasterKeyError(keyId);
    return decrypt(key, wrapped, place);
  }
}
