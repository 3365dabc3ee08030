/**
 * A local server that speaks Firebase's HTTP v1 API and the token endpoint of a service account.
 * Keeps: an access token is given only for an assertion that the account's key signed, for the right audience and scope;
 * a message is taken only with such a token and with text for data, as Firebase does.
 */
import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { close, listen } from '../loopback.js';

export interface FcmMessage {
  readonly token: string;
  readonly notification: { readonly title?: string; readonly body: string };
  readonly data: Record<string, string>;
  readonly android: { readonly notification: { readonly channel_id?: string } };
}

type Answer = [status: number, body: object];

export class FcmServer {
  readonly messages: FcmMessage[] = [];
  /** By token, status and code of the refusal, and the field that it blames. */
  readonly errors = new Map<string, readonly [status: number, code: string, field?: string]>();
  /** Of whole requests, used up one after the other. */
  readonly refusals: number[] = [];
  tokensGiven = 0;
  #url = '';
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const isToken = request.url === '/token';
      const [status, body] = isToken
        ? this.#token(text)
        : this.#send(request.url ?? '', request.headers.authorization, text);
      const headers = { 'Content-Type': 'application/json', ...(status === 429 ? { 'Retry-After': '30' } : {}) };
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  });

  /** The settings of the channel that reaches this server. */
  async start(): Promise<Record<string, string>> {
    this.#url = await listen(this.#server);
    return {
      FCM_PROJECT_ID: 'stand-in',
      FCM_CLIENT_EMAIL: 'push@stand-in.example',
      FCM_PRIVATE_KEY: String(this.#keys.privateKey.export({ type: 'pkcs8', format: 'pem' })).replaceAll('\n', '\\n'),
      FCM_API_URL: this.#url,
      FCM_TOKEN_URL: `${this.#url}/token`,
    };
  }

  stop(): Promise<void> {
    return close(this.#server);
  }

  #token(text: string): Answer {
    const [head = '', claims = '', signature = ''] = (new URLSearchParams(text).get('assertion') ?? '').split('.');
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(createPublicKey(this.#keys.privateKey), Buffer.from(signature, 'base64url'));
    const { aud, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string; scope: string };
    if (!isSigned || aud !== `${this.#url}/token` || !scope.endsWith('/firebase.messaging')) {
      return [400, { error: 'invalid_grant' }];
    }
    this.tokensGiven += 1;
    return [200, { access_token: `access-${this.tokensGiven}`, expires_in: 3_599, token_type: 'Bearer' }];
  }

  #send(path: string, authorization: string | undefined, text: string): Answer {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return [refusal, { error: { status: 'SCRIPTED' } }];
    if (path !== '/v1/projects/stand-in/messages:send') return [404, { error: { status: 'NOT_FOUND' } }];
    if (authorization !== `Bearer access-${this.tokensGiven}`) return [401, { error: { status: 'UNAUTHENTICATED' } }];
    const { message } = JSON.parse(text) as { message: FcmMessage };
    if (Object.values(message.data).some((value) => typeof value !== 'string')) return refused(400, 'INVALID_ARGUMENT');
    const error = this.errors.get(message.token);
    if (error !== undefined) return refused(...error);
    this.messages.push(message);
    return [200, { name: `projects/stand-in/messages/${this.messages.length}` }];
  }
}

function refused(status: number, errorCode: string, field?: string): Answer {
  const fault = { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode };
  const request = { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field }] };
  const details = field === undefined ? [fault] : [fault, request];
  return [status, { error: { code: status, status: 'SCRIPTED', details } }];
}
