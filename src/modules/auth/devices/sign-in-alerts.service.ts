/**
 * Tells a user by mail of a sign-in from a device that is not known, and of somebody who knows the password only.
 * Keeps: written in the transaction of the sign-in; the first sign-in of an account is not told; only words of ours, the
 * time and the address of the network go into the mail.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { addressKey } from '../../../platform/http/address-key.js';
import { Mailer } from '../../mail/mailer.service.js';
import { noticeMail } from '../auth-mails.js';
import { type Device, SessionsRepository, shownAgent } from '../sessions.repository.js';
import { SignInLimits } from '../sign-in-limits.service.js';
import type { FactorOwner } from '../two-factor/second-factor.service.js';
import { deviceName } from './device-name.js';

@Injectable()
export class SignInAlerts {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly limits: SignInLimits,
    private readonly mailer: Mailer,
    private readonly clock: Clock,
  ) {}

  /** A device is known by what it calls itself and the network it comes from, together. */
  async signedIn(user: FactorOwner, sessionId: string, device: Device): Promise<void> {
    const others = await this.sessions.devicesBeside(user.id, sessionId);
    const isKnown = others.some(
      ({ userAgent, address }) =>
        userAgent === shownAgent(device.userAgent) && addressKey(address) === addressKey(device.address),
    );
    if (others.length === 0 || isKnown) return;
    await this.#alert(user, device, 'New sign-in to your account', 'Your account was signed in to from a new device.');
  }

  /** At most once a day. */
  async wrongSecondFactor(user: FactorOwner, device: Device): Promise<void> {
    if (!(await this.limits.warning(user.id))) return;
    const text = 'Somebody entered your password, and then a wrong second factor.';
    await this.#alert(user, device, 'Somebody knows your password', text);
  }

  #alert({ id, email, full_name }: FactorOwner, device: Device, title: string, text: string): Promise<void> {
    const facts = [
      ['Device', deviceName(device.userAgent)],
      ['Address', device.address],
      ['Time', this.clock.now().toISOString()],
    ] as const;
    const body = `${text} ${facts.map(([name, value]) => `${name}: ${value}`).join(', ')}`;
    const about = { userId: id, event: 'login_alert' as const, title, body };
    return this.mailer.post(email, noticeMail(title, full_name, text, facts), about);
  }
}
