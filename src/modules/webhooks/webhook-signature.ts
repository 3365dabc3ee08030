/**
 * Signs deliveries as the Standard Webhooks specification says (https://www.standardwebhooks.com), so that receivers can
 * check them with libraries that exist. Keeps: what is signed is the id, the time and the exact body, joined by points.
 */
import { createHmac } from 'node:crypto';

const MARK = 'whsec_';

/** The secret as it is told once: its bytes in base64 behind a mark. */
export function secretText(bytes: Buffer): string {
  return `${MARK}${bytes.toString('base64')}`;
}

/** The headers of a delivery, signed with each of the secrets. `at` is the time of the attempt, `id` that of the event. */
export function signedHeaders(secrets: readonly string[], id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(MARK.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
