/** The vectors are those of the specification: github.com/fernet/spec, verify.json and invalid.json. */
import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { DecryptionError } from './envelope.js';
import { type FernetKey, fernetKey, readFernet } from './fernet.js';

const KEY = fernetKey('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=');
const VALID = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';

const INVALID = {
  'incorrect mac':
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
  'too short': 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==',
  'invalid base64':
    '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXRuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
  'payload size not multiple of block size':
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
  'payload padding error':
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
  'incorrect IV (causes padding error)':
    'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
};

/** A token as the old system made them. */
function made({ signing, encryption }: FernetKey, plain: Buffer, iv: Buffer): string {
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const head = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(8, 1), iv]);
  const signed = Buffer.concat([head, cipher.update(plain), cipher.final()]);
  const tag = createHmac('sha256', signing).update(signed).digest();
  return Buffer.concat([signed, tag]).toString('base64url');
}

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const key = bytes(32).map((all) => fernetKey(all.toString('base64url')));

describe('Fernet', () => {
  it('reads the valid vector', () => expect(readFernet([KEY], VALID).toString()).toBe('hello'));

  it.each(Object.entries(INVALID))('refuses the vector: %s', (_name, token) => {
    expect(() => readFernet([KEY], token)).toThrow(DecryptionError);
  });

  it('reads whatever was made with one of its keys, and refuses it once a bit is turned', () => {
    fc.assert(
      fc.property(key, key, fc.uint8Array(), bytes(16), fc.nat(), (one, other, plain, iv, at) => {
        const token = made(one, Buffer.from(plain), iv);
        expect(readFernet([other, one], token).equals(plain)).toBe(true);
        expect(() => readFernet([other], token)).toThrow(DecryptionError);
        const turned = Buffer.from(token, 'base64url');
        turned[at % turned.length] = (turned[at % turned.length] ?? 0) ^ 1;
        expect(() => readFernet([one], turned.toString('base64url'))).toThrow(DecryptionError);
      }),
    );
  });

  it('refuses keys that are none', () => {
    for (const text of ['', 'short', 'cw_0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=', `${'A'.repeat(44)}=`]) {
      expect(() => fernetKey(text)).toThrow(RangeError);
    }
  });
});
