/**
 * When strangers must solve a puzzle, and whether they did.
 * Keeps: a challenge is sealed, so that no replica stores it and no client can make one; it lives ten minutes, may be
 * tried five times and opens one door, whichever replica is asked; a provider that cannot be asked opens none.
 */
import { hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { Clock } from '../../../platform/clock/clock.js';
import { decrypt, encrypt, KEY_BYTES } from '../../../platform/crypto/envelope.js';
import { addressKey } from '../../../platform/http/address-key.js';
import { type LimitRule, RateLimits } from '../../../platform/http/rate-limits.js';
import { Randomness } from '../../../platform/ids/randomness.js';
import type { Captcha } from '../../../ports/captcha.js';
import { authError } from '../auth.errors.js';

/** Injection token of the selected captcha. */
export const CAPTCHA = Symbol('CAPTCHA');

export type CaptchaPlace = 'register' | 'login';

export interface CaptchaAnswer {
  readonly captcha_hash?: string;
  readonly captcha_text?: string;
}

interface Sealed {
  readonly secret: string;
  readonly nonce: string;
  readonly provider: string;
  /** Milliseconds since 1970. */
  readonly ends: number;
}

const LIFETIME_SECONDS = 600;

const PLACE = 'captcha';

const TRIES: LimitRule = { name: 'captcha_try', points: 5, seconds: LIFETIME_SECONDS };
const USED: LimitRule = { name: 'captcha_used', points: 1, seconds: LIFETIME_SECONDS };

/** So many refused sign-ins in this time, and the next asks for a puzzle. */
const FAILED_HERE: LimitRule = { name: 'failed_here', points: 3, seconds: 900 };
const FAILED_ACCOUNT: LimitRule = { name: 'failed_account', points: 5, seconds: 3_600 };
const FAILED_NETWORK: LimitRule = { name: 'failed_network', points: 20, seconds: 3_600 };

@Injectable()
export class CaptchaService {
  readonly #key: Buffer;

  constructor(
    @Inject(CAPTCHA) private readonly captcha: Captcha,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#key = Buffer.from(hkdfSync('sha256', config.secrets.JWT_SECRET ?? '', '', PLACE, KEY_BYTES));
  }

  /** A new challenge; its hash is empty where the client gets the puzzle from the provider itself. */
  challenge() {
    const { code, shown } = this.captcha;
    const puzzle = this.captcha.puzzle(this.randomness.bytes(32));
    const facts = { provider: code, shown: { ...shown, ...puzzle?.shown } };
    if (puzzle === undefined) return { hash: '', ...facts };
    const ends = this.clock.now().getTime() + LIFETIME_SECONDS * 1_000;
    const sealed: Sealed = { secret: puzzle.secret, nonce: this.randomness.token(12), provider: code, ends };
    const hash = encrypt(this.#key, Buffer.from(JSON.stringify(sealed)), PLACE).toString('base64url');
    return { hash, ...facts };
  }

  /** Throws 400 for a wrong answer and after five of them, 503 where the provider cannot be asked. Uses nothing up. */
  async check(answer: CaptchaAnswer, address: string): Promise<void> {
    await this.#checked(answer, address);
  }

  /** True when something was asked and solved, false when nothing was asked; throws as `check` otherwise. */
  async atRegister(answer: CaptchaAnswer, address: string): Promise<boolean> {
    if (!this.isAskedAt('register')) return false;
    await this.#use(answer, address);
    return true;
  }

  /** As `atRegister`: asks those from whom, or for whose account, sign-ins were refused lately. */
  async atLogin(email: string, answer: CaptchaAnswer, address: string): Promise<boolean> {
    if (!this.isAskedAt('login')) return false;
    for (const [rule, key] of countersOf(email, address)) {
      if (!(await this.limits.isSpent(rule, key))) continue;
      await this.#use(answer, address);
      return true;
    }
    return false;
  }

  /** Counts a refused sign-in. */
  async failed(email: string, address: string): Promise<void> {
    if (!this.isAskedAt('login')) return;
    for (const [rule, key] of countersOf(email, address)) await this.limits.takeBlock(rule, key, 1);
  }

  isAskedAt(place: CaptchaPlace): boolean {
    return this.config.captcha.CAPTCHA_AT.includes(place);
  }

  async #use(answer: CaptchaAnswer, address: string): Promise<void> {
    if ((answer.captcha_text ?? '') === '') throw authError('CAPTCHA_REQUIRED', { captcha_required: true });
    const nonce = await this.#checked(answer, address);
    if (nonce === undefined) return;
    const { isGranted } = await this.limits.takeBlock(USED, nonce, 1);
    if (!isGranted) throw wrong();
  }

  /** The name of the challenge; undefined where it was the provider's own. */
  async #checked(
    { captcha_hash = '', captcha_text = '' }: CaptchaAnswer,
    address: string,
  ): Promise<string | undefined> {
    const sealed = captcha_hash === '' ? undefined : this.#open(captcha_hash);
    const isOurs = sealed !== undefined && sealed.ends > this.clock.now().getTime();
    const isTheirs = captcha_hash === '' && this.captcha.puzzle(new Uint8Array(32)) === undefined;
    if (!isOurs && !isTheirs) throw wrong();
    if (sealed !== undefined) await this.#try(sealed.nonce);
    const verdict = await this.captcha.check(sealed?.secret ?? '', captcha_text, address);
    if (verdict === 'unavailable') throw authError('CAPTCHA_UNAVAILABLE', { retry_after: 30 });
    if (verdict === 'failed') throw wrong();
    return sealed?.nonce;
  }

  async #try(nonce: string): Promise<void> {
    const { isGranted } = await this.limits.takeBlock(TRIES, nonce, 1);
    if (!isGranted) throw wrong();
  }

  /** Undefined for what was not made here, or for another provider. */
  #open(hash: string): Sealed | undefined {
    try {
      const plain = decrypt(this.#key, Buffer.from(hash, 'base64url'), PLACE);
      const sealed = JSON.parse(plain.toString()) as Sealed;
      return sealed.provider === this.captcha.code ? sealed : undefined;
    } catch {
      return undefined;
    }
  }
}

function wrong() {
  return authError('CAPTCHA_WRONG', { captcha_required: true });
}

function countersOf(email: string, address: string): readonly (readonly [LimitRule, string])[] {
  const network = addressKey(address);
  return [
    [FAILED_HERE, `${email}|${network}`],
    [FAILED_ACCOUNT, email],
    [FAILED_NETWORK, network],
  ];
}
