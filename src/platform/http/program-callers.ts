/**
 * How requests of programs are told apart from those of people, and how their access ends with their user's: the module of
 * signing in asks, the module of access tokens answers.
 * Keeps: what is answered may call this very route; a program never has a session.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallerIdentity } from './caller.js';

export abstract class ProgramCallers {
  /**
   * The user or source in whose name the program calls, with no more rights than its token has here; undefined where the
   * request shows nothing of a program. May set headers of the answer. Throws 401 for a token or signature that is not good, 403 where it lacks the scope.
   */
  abstract identify(request: FastifyRequest, reply: FastifyReply): Promise<CallerIdentity | undefined>;

  /** Ends, for good and in the running transaction, what programs of a user show; answers how many there were. */
  abstract revokeAll(userId: number): Promise<number>;
}
