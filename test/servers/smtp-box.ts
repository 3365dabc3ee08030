/**
 * A local SMTP server that keeps the mails it accepts. A test scripts refusals; each is used once, in order.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export class SmtpBox {
  readonly mails: string[] = [];
  /** Reply codes with which the next mails are refused: 451 for later, 550 for good. */
  readonly refusals: number[] = [];
  readonly #server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: (auth, _session, done) =>
      auth.password === 'right' ? done(null, { user: auth.username }) : done(new Error('Invalid username or password')),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const code = this.refusals.shift();
        if (code !== undefined) {
          done(Object.assign(new Error('scripted refusal'), { responseCode: code }));
          return;
        }
        this.mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
  });

  /** Answers the port. */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
