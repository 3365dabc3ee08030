/**
 * `/api/safety`: stopping the whole platform and letting it go on, by administrators. `killswitch` and `circuit-breaker` are
 * the forms that clients of the old server send; `kill`, `resume` and `breakers/reset` say more.
 * Keeps: stopping is one quick call; administrators are asked again who they are before they close positions or let trading
 * go on, in either form; every answer says what trading has come to.
 */
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { atTime } from '../../domain/safety/circuit-breaker.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser, OpenInMaintenance, OpenToOldApps, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { oneOf, orNull } from '../../platform/openapi/shape.js';
import { BreakersRepository, breakerState } from './breakers.repository.js';
import { BreakersService } from './breakers.service.js';
import { SafetyView } from './safety-view.service.js';
import { ActionBody, BreakerView, breakerView, KillBody, PauseBody, ResumeBody, SwitchView } from './safety.dto.js';
import { safetyError } from './safety.errors.js';
import { ScopedPositionsRepository } from './scoped-positions.repository.js';
import { fullSwitchView } from './switch-view.js';
import { type SwitchOutcome, SwitchesService } from './switches.service.js';

const DEFAULT_PAUSE_MINUTES = 60;

const STATUS = { status: oneOf('operational', 'halted') };
const STOPPED = { ...STATUS, changed: true, switch: SwitchView };
const GOES_ON = { ...STATUS, changed: true, switch: orNull(SwitchView) };

@ApiTags('Safety')
@ApiBearerAuth()
@Controller('safety')
@OpenInMaintenance()
@OpenToOldApps()
export class PlatformStopsController {
  constructor(
    private readonly service: SwitchesService,
    private readonly breakersService: BreakersService,
    private readonly breakers: BreakersRepository,
    private readonly positions: ScopedPositionsRepository,
    private readonly safety: SafetyView,
    private readonly clock: Clock,
  ) {}

  @Post('kill')
  @StepUp('flatten')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'The kill switch: no new exposure anywhere until it is cleared; exits go on' })
  @Answers(STOPPED)
  async kill(@Body() { mode = 'reduce_only', reason = '' }: KillBody, @CurrentUser() caller: UserCaller) {
    return this.#answer(await this.service.set({ scope: 'platform', mode, reason, minutes: null }, caller), caller);
  }

  @Post('killswitch')
  @StepUp('deactivate')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({
    summary: 'The kill switch as older clients send it: activate stops new exposure, deactivate ends that',
  })
  @Answers(GOES_ON)
  async killswitch(@Body() { action, reason = '' }: ActionBody, @CurrentUser() caller: UserCaller) {
    if (action === 'deactivate') return this.#answer(await this.service.liftKill(caller, reason), caller);
    const request = { scope: 'platform', mode: 'reduce_only', reason, minutes: null } as const;
    return this.#answer(await this.service.set(request, caller), caller);
  }

  @Post('pause')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'No new entries anywhere for some minutes; ends by itself' })
  @Answers(STOPPED)
  @Fails(safetyError, 'STRONGER_SWITCH')
  async pause(@Body() body: PauseBody, @CurrentUser() caller: UserCaller) {
    const minutes = body.minutes ?? body.duration_minutes ?? DEFAULT_PAUSE_MINUTES;
    const { reason = '' } = body;
    const request = { scope: 'platform', mode: 'block_entries', reason, minutes } as const;
    return this.#answer(await this.service.set(request, caller), caller);
  }

  @Post('resume')
  @StepUp()
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'End the pause; with confirm RESUME the kill switch too' })
  @Answers(GOES_ON)
  @Fails(safetyError, 'KILL_SWITCH_ACTIVE')
  async resume(@Body() { confirm }: ResumeBody, @CurrentUser() caller: UserCaller) {
    return this.#answer(await this.service.resume(confirm === 'RESUME', caller), caller);
  }

  @Post('circuit-breaker')
  @StepUp('deactivate')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'The platform’s circuit breaker by hand: activate opens it until somebody closes it' })
  @Answers({ ...STATUS, changed: true, breaker: orNull(BreakerView) })
  async circuitBreaker(@Body() { action, reason = '' }: ActionBody, @CurrentUser() { userId }: UserCaller) {
    const changed =
      action === 'activate'
        ? await this.breakersService.trip(userId, reason)
        : await this.breakersService.reset('platform', '', userId, reason);
    const row = await this.breakers.find('platform', '');
    const state = row === undefined ? undefined : atTime(breakerState(row), this.clock.now()).status;
    const breaker = row === undefined || state === undefined ? null : breakerView(row, state);
    return { ok: true, status: await this.#status(), changed, breaker };
  }

  async #answer(outcome: SwitchOutcome | undefined, caller: UserCaller) {
    const status = await this.#status();
    if (outcome === undefined) return { ok: true, status, changed: false, switch: null };
    const { item, changed } = outcome;
    return { ok: true, status, changed, switch: await fullSwitchView(item, caller, this.positions) };
  }

  async #status(): Promise<'operational' | 'halted'> {
    return (await this.safety.latest()).isTradingAllowed ? 'operational' : 'halted';
  }
}
