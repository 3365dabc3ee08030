/**
 * Turnstile, hCaptcha and reCAPTCHA, which share one protocol: their widget gives the client a token, and their server is
 * asked whether it is good (`POST` of secret, response and remoteip; `{"success": true}`).
 */
import { z } from 'zod';
import type { Captcha, CaptchaVerdict } from '../../../ports/captcha.js';
import type { Plugin, PluginHost } from '../../../ports/plugin.js';

const ADDRESSES = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
  hcaptcha: 'https://api.hcaptcha.com/siteverify',
  recaptcha: 'https://www.google.com/recaptcha/api/siteverify',
} as const;

const settings = z.object({
  CAPTCHA_SERVICE: z.enum(['turnstile', 'hcaptcha', 'recaptcha']).default('turnstile'),
  CAPTCHA_SITE_KEY: z.string({ error: 'must be the public key of the widget' }).min(1),
  CAPTCHA_SECRET_KEY: z.string({ error: 'must be the secret key of the service' }).min(1),
  /** Only for tests and proxies; the service's own address otherwise. */
  CAPTCHA_VERIFY_URL: z.url().optional(),
});

type Settings = z.infer<typeof settings>;

const TIMEOUT_MS = 5_000;

export const plugin: Plugin<Captcha, Settings> = {
  code: 'site-verify',
  summary: 'Turnstile, hCaptcha or reCAPTCHA, by CAPTCHA_SERVICE and its keys',
  settings,
  create: (given, host) => ({
    code: 'site-verify',
    shown: { service: given.CAPTCHA_SERVICE, site_key: given.CAPTCHA_SITE_KEY },
    puzzle: () => undefined,
    check: (_secret, answer, address) => ask(given, host, answer, address),
  }),
};

async function ask(given: Settings, host: PluginHost, answer: string, address: string): Promise<CaptchaVerdict> {
  const body = new URLSearchParams({ secret: given.CAPTCHA_SECRET_KEY, response: answer, remoteip: address });
  try {
    const url = given.CAPTCHA_VERIFY_URL ?? ADDRESSES[given.CAPTCHA_SERVICE];
    const response = await fetch(url, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    if (!response.ok) throw new Error(`the service answered ${response.status}`);
    const verdict = (await response.json()) as { success?: unknown };
    return verdict.success === true ? 'passed' : 'failed';
  } catch (error) {
    host.log('warn', 'the captcha service could not be asked', { error });
    return 'unavailable';
  }
}
