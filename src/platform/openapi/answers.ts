/**
 * What a route says of its answers: `@Answers` for the good ones, `@Fails` for the refusals that are its own.
 * What every route of a kind refuses (no token, bad input, somebody else's path) is not said here: it is found in the
 * route's access rule and parameters when the document is made.
 */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtraModels } from '@nestjs/swagger';
import type { ErrorDefinition } from '../errors/app-error.js';
import { classesIn } from './shape.js';

export const ANSWERS_METADATA = 'openapi:answers';
export const FAILS_METADATA = 'openapi:fails';

export interface DocumentedAnswer {
  /** Fields beside `ok`, in the notation of `shape.ts`; undefined for a page. */
  readonly shape: unknown;
  /** Further statuses with the same shape. */
  readonly also: readonly number[];
  readonly isPage: boolean;
  readonly isNever: boolean;
}

/** `shape`: the fields that stand beside `ok: true`. `also`: other statuses that carry the same, such as 201 beside 200. */
export function Answers(shape: Readonly<Record<string, unknown>>, also: readonly number[] = []): MethodDecorator {
  const answer: DocumentedAnswer = { shape: { ok: true, ...shape }, also, isPage: false, isNever: false };
  return applyDecorators(SetMetadata(ANSWERS_METADATA, answer), ApiExtraModels(...classesIn(shape)));
}

/** As `Answers`, without `ok`: for the few answers that older clients read bare. */
export function AnswersBare(shape: Readonly<Record<string, unknown>>): MethodDecorator {
  const answer: DocumentedAnswer = { shape, also: [], isPage: false, isNever: false };
  return applyDecorators(SetMetadata(ANSWERS_METADATA, answer), ApiExtraModels(...classesIn(shape)));
}

/** An HTML page. */
export function AnswersPage(): MethodDecorator {
  const answer: DocumentedAnswer = { shape: undefined, also: [], isPage: true, isNever: false };
  return SetMetadata(ANSWERS_METADATA, answer);
}

/** Refuses everybody. */
export function AnswersNever(): MethodDecorator {
  const answer: DocumentedAnswer = { shape: undefined, also: [], isPage: false, isNever: true };
  return SetMetadata(ANSWERS_METADATA, answer);
}

/** A message and nothing else: what most changes answer. */
export const AnswersMessage = (message: string): MethodDecorator => Answers({ message });

export interface DocumentedFailure extends ErrorDefinition {
  readonly code: string;
}

interface Errors<Code extends string> {
  readonly table: Readonly<Record<Code, ErrorDefinition>>;
}

/** The codes of a module's table that this route answers. May stand several times. */
export function Fails<Code extends string>(errors: Errors<Code>, ...codes: readonly Code[]): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as object;
    const before = (Reflect.getMetadata(FAILS_METADATA, handler) ?? []) as DocumentedFailure[];
    const own = codes.map((code): DocumentedFailure => ({ code, ...errors.table[code] }));
    Reflect.defineMetadata(FAILS_METADATA, [...before, ...own], handler);
  };
}
