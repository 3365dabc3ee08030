/**
 * Calls addresses that people name, without becoming their way into the network this process stands in.
 * Keeps: a name is resolved once, and the connection goes to the very address that was checked; one address that is not
 * public refuses the name; redirects are not followed; an answer is bounded in time and size and its content never kept.
 */
import { lookup } from 'node:dns/promises';
import { type ClientRequest, type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP } from 'node:net';
import { isLocalName, isLoopbackAddress, isPublicAddress } from './public-addresses.js';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;
const MAX_INTERIM_ANSWERS = 8;

/** All addresses of a host's name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The address may not be called at all: trying again is useless. */
export class OutgoingRefused extends Error {
  override readonly name = 'OutgoingRefused';
}

export interface OutgoingRules {
  /** Whether plain HTTP to 127.0.0.0/8 is allowed: for tests and development. */
  readonly opensLoopback: boolean;
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

export class OutgoingHttp {
  readonly #opensLoopback: boolean;
  readonly #timeoutMs: number;
  readonly #resolve: Resolve;

  constructor({ opensLoopback, timeoutMs = TIMEOUT_MS, resolve = systemResolve }: OutgoingRules) {
    this.#opensLoopback = opensLoopback;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
  }

  /** Why an address could never be called, as a rule for people; undefined where nothing speaks against it yet. */
  problemOf(address: string): string | undefined {
    if (!URL.canParse(address)) return 'must be an https address';
    const url = new URL(address);
    const host = hostOf(url);
    const isOpened = this.#opensLoopback && isLoopbackAddress(host);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOpened)) return 'must be an https address';
    if (url.username !== '' || url.password !== '') return 'must not hold a name or a password';
    const isPublic = isIP(host) === 0 ? !isLocalName(host) : this.#mayReach(host);
    return isPublic ? undefined : 'must be an address of the public internet';
  }

  /** Posts and answers the status. Throws `OutgoingRefused` for what may not be called, other errors for what failed. */
  async post(address: string, body: string, headers: Readonly<Record<string, string>>): Promise<number> {
    const problem = this.problemOf(address);
    if (problem !== undefined) throw new OutgoingRefused(problem);
    const url = new URL(address);
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const target = await Promise.race([this.#target(hostOf(url)), aborted(signal)]);
    const isTls = url.protocol === 'https:';
    const isName = isIP(hostOf(url)) === 0;
    const options: RequestOptions & { servername?: string } = {
      method: 'POST',
      host: target,
      port: url.port === '' ? (isTls ? 443 : 80) : url.port,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      ...(isTls && isName ? { servername: url.hostname } : {}),
    };
    return statusOf(isTls ? requestTls(options) : requestPlain(options), body, signal);
  }

  async #target(host: string): Promise<string> {
    const addresses = isIP(host) === 0 ? await this.#resolve(host) : [host];
    const [first] = addresses;
    if (first === undefined) throw new Error('the name has no address');
    if (!addresses.every((address) => this.#mayReach(address))) {
      throw new OutgoingRefused('must be an address of the public internet');
    }
    return first;
  }

  #mayReach(address: string): boolean {
    return isPublicAddress(address) || (this.#opensLoopback && isLoopbackAddress(address));
  }
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  });
}

/**
 * Settles whatever the other side does, at the latest with `signal`. A status that was heard counts, however its content
 * ends; `101` is an answer like others, and its connection is nobody's.
 */
function statusOf(request: ClientRequest, body: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let status: number | undefined;
    let interim = 0;
    const end = (error: Error) => (status === undefined ? reject(error) : resolve(status));
    signal.addEventListener('abort', () => end(new Error('no answer in time')), { once: true });
    request.on('error', (error) => end(error.name === 'AbortError' ? new Error('no answer in time') : error));
    request.on('close', () => end(new Error('the connection ended without an answer')));
    request.on('information', () => {
      if ((interim += 1) > MAX_INTERIM_ANSWERS) request.destroy(new Error('too many interim answers'));
    });
    request.on('upgrade', ({ statusCode = 0 }, socket) => {
      status = statusCode;
      socket.destroy();
      resolve(status);
    });
    request.on('response', (response: IncomingMessage) => {
      status = response.statusCode ?? 0;
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) response.destroy();
      });
      response.on('error', () => undefined);
    });
    request.end(body);
  });
}
