/**
 * `POST /api/signals/parse`: shows how a message is read, what it would post, and what would be wrong with that.
 * Keeps: a dry run, nothing is stored and nothing opened; providers see the profiles of their own sources only.
 */
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { draftOf, isAtMarket } from '../../domain/intent/draft-of.js';
import type { EnterIntent } from '../../domain/intent/intent.js';
import { parsePlan, planText } from '../../domain/plan/parse-plan.js';
import { checkSignal, type SignalDraft, type SignalProblem } from '../../domain/signal/check-signal.js';
import { readSignalText } from '../../domain/signal-text/read-signal-text.js';
import { COMMON_PROFILE, parseTextProfile, type TextProfile } from '../../domain/signal-text/text-profile.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, Caller } from '../../platform/http/access.js';
import type { CallerIdentity } from '../../platform/http/caller.js';
import { ObjectField, TextField } from '../../platform/http/fields.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { PARSED } from './signal-text.answers.js';
import { signalError } from './signals.errors.js';
import { SignalsRepository } from './signals.repository.js';
import { SourcesRepository, type SourceWriting } from './sources.repository.js';

/** Longer than any message of a channel. */
const LONGEST_TEXT = 20_000;

/** A price that is older says nothing of where the market is. */
const FRESH_MS = 60_000;

export class ParseTextBody {
  @TextField({ max: LONGEST_TEXT, raw: true, example: '#SOL/USDT LONG\nEntry: 151.2\nTP: 154, 158.5\nSL: 144.8' })
  text: string;

  @TextField({ required: false, max: 64, example: 'alpha-desk', description: 'Read as of this source: its code' })
  source?: string;

  @ObjectField({
    required: false,
    example: { defaults: { leverage: 5 } },
    description: 'Read by this profile instead of the source’s own, see docs/signal-text.md',
  })
  profile?: Record<string, unknown>;

  @TextField({
    required: false,
    max: LONGEST_TEXT,
    raw: true,
    example: '#SOL/USDT LONG',
    description: 'What it answers',
  })
  reply_to?: string;
}

@ApiTags('Signals')
@ApiBearerAuth()
@Controller('signals')
export class SignalTextController {
  constructor(
    private readonly sources: SourcesRepository,
    private readonly signals: SignalsRepository,
    private readonly clock: Clock,
  ) {}

  @Post('parse')
  @HttpCode(200)
  @Allow('publisher')
  @ApiSecurity('service')
  @ApiOperation({
    summary: 'Show how a message would be read; nothing is posted',
    description:
      'A `signal` comes with its draft as POST /api/signals takes it, and `problems` where that would be refused; what could ' +
      'be meant in two ways is `refused` with a question. Spans count UTF-16 units, the end excluded.',
  })
  @Answers(PARSED)
  @Fails(signalError, 'SOURCE_NOT_FOUND')
  async parse(@Body() { text, source, profile, reply_to }: ParseTextBody, @Caller() caller: CallerIdentity) {
    const writing = source === undefined ? undefined : await this.#writing(source, caller);
    const reading = readSignalText(text, {
      profile: profileOf(profile, writing),
      ...(reply_to === undefined ? {} : { replyTo: { text: reply_to } }),
    });
    const intent = 'intent' in reading ? reading.intent : null;
    const isCall = intent?.kind === 'ENTER';
    const call = isCall ? await this.#draft(intent, writing) : { draft: null, problems: [] };
    return {
      ok: true,
      kind: reading.kind,
      confidence: 'confidence' in reading ? reading.confidence : null,
      why: reading.kind === 'noise' ? reading.why : null,
      question: reading.kind === 'refused' ? reading.question : null,
      reasons: reading.kind === 'refused' ? reading.reasons : [],
      spans: 'spans' in reading ? reading.spans : {},
      intent,
      ...call,
    };
  }

  async #writing(code: string, caller: CallerIdentity): Promise<SourceWriting> {
    const writing = await this.sources.writing(code);
    const isOwn = caller.kind === 'user' && (caller.role === 'admin' || writing?.owner_id === caller.userId);
    if (writing === undefined || !(isOwn || (caller.kind === 'service' && caller.name === code))) {
      throw signalError('SOURCE_NOT_FOUND');
    }
    return writing;
  }

  /** What would be posted; of an entry at market with the price of now. */
  async #draft(intent: EnterIntent, writing: SourceWriting | undefined) {
    const since = new Date(this.clock.now().getTime() - FRESH_MS);
    const entry = isAtMarket(intent) ? await this.signals.lastPrice(intent.symbol, since) : (intent.entry ?? '0');
    if (entry === undefined) {
      return { draft: null, problems: [{ field: 'entry', rule: 'is the market’s price, and there is no fresh one' }] };
    }
    const draft = draftOf(intent, parsePlan(writing?.plan ?? {}).spec, entry);
    if ('problems' in draft) return { draft: null, problems: draft.problems };
    return { draft: bodyOf(draft), problems: checkSignal(draft) as readonly SignalProblem[] };
  }
}

/** Throws 400 naming what is wrong in the profile. */
function profileOf(given: Record<string, unknown> | undefined, writing: SourceWriting | undefined): TextProfile {
  if (given === undefined) {
    return (writing?.text ?? null) === null ? COMMON_PROFILE : parseTextProfile(writing?.text).profile;
  }
  const { profile, problems } = parseTextProfile(given, 'profile');
  if (problems.length > 0) throw invalidInput(problems);
  return profile;
}

/** As `POST /api/signals` takes it. */
function bodyOf(draft: SignalDraft) {
  return {
    symbol: draft.symbol,
    side: draft.side,
    entry: draft.entry,
    tp: draft.targets,
    sl: draft.stopLoss,
    leverage: draft.leverage,
    confidence: draft.confidence,
    trade_type: draft.tradeType,
    plan: planText(draft.plan),
    meta: draft.meta,
  };
}
