/**
 * Asks again who it is before an act marked `@StepUp`: the second factor of those who have one, the password of the others.
 * Keeps: having shown it counts for five minutes of that session, and of no other; a right code is used up; only people
 * may do such acts, never a program.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { SWITCH_MODES } from '../../../domain/safety/switches.js';
import { STEP_UP_METADATA, type StepUpKind } from '../../../platform/http/access.js';
import type { CallerIdentity, CallerRequest } from '../../../platform/http/caller.js';
import { plainWord } from '../../../platform/http/plain-word.js';
import { authError } from '../auth.errors.js';
import { StepUpService } from './step-up.service.js';

/** Whatever is not known to close nothing is asked for. */
const GENTLE_MODES: ReadonlySet<unknown> = new Set([
  undefined,
  ...SWITCH_MODES.filter((mode) => mode !== 'flatten').map(plainWord),
]);

@Injectable()
export class StepUpGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly service: StepUpService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const kind = this.reflector.getAllAndOverride<StepUpKind | undefined>(STEP_UP_METADATA, targets);
    if (kind === undefined) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    const body: unknown = request.body;
    if (!isAsked(kind, request.caller, body)) return true;
    // A caller without a session is a program, which has nothing to show.
    if (request.caller?.kind !== 'user' || request.caller.sessionId === '') throw authError('NOT_ALLOWED');
    const given = {
      mfaToken: text(request.headers['x-mfa-token']) ?? text(Reflect.get(Object(body), 'mfa_token')),
      password: text(Reflect.get(Object(body), 'password')),
    };
    await this.service.require(request.caller, given, request.ip, kind);
    return true;
  }
}

/** Whether the rule of the route is about this caller and this body at all. */
function isAsked(kind: StepUpKind, caller: CallerIdentity | undefined, body: unknown): boolean {
  if (kind === 'deactivate') return wordIn(body, 'action') !== 'ACTIVATE';
  if (kind === 'unless_disabling') return !isDisabling(body);
  if (kind !== 'administrator' && kind !== 'flatten') return true;
  if (caller?.kind === 'user' && caller.role !== 'admin') return false;
  return kind === 'administrator' || !GENTLE_MODES.has(wordIn(body, 'mode'));
}

/** Whether the body switches off and asks for nothing else; what shows who it is stands beside it. */
function isDisabling(body: unknown): boolean {
  const { is_enabled, mfa_token: _token, password: _password, ...rest } = Object(body) as Record<string, unknown>;
  return is_enabled === false && Object.keys(rest).length === 0;
}

/** A word as the rules of the body will read it; what is no word stays what it is. */
function wordIn(body: unknown, field: string): unknown {
  const value: unknown = Reflect.get(Object(body) as object, field);
  return typeof value === 'string' ? plainWord(value) : value;
}

/** Bounded, because it is read before the rules of the body are. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined;
}
