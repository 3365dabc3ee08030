/**
 * `/api/safety`: switches of any scope, and circuit breakers. Stops of the whole platform are in `platform-stops.controller`;
 * the public `status` is answered by operations.
 * Keeps: the platform, sources and symbols are stopped by administrators, oneself by everybody; what is somebody else's is
 * answered as missing; stopping the platform and closing positions must be confirmed by a typed word. Stopping is one call;
 * administrators are asked again who they are before they close positions or let trading go on.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { atTime } from '../../domain/safety/circuit-breaker.js';
import { Clock } from '../../platform/clock/clock.js';
import { invalidField } from '../../platform/errors/app-error.js';
import { Allow, CurrentUser, OpenInMaintenance, OpenToOldApps, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { BreakersRepository, breakerState } from './breakers.repository.js';
import { BreakersService } from './breakers.service.js';
import { ScopedPositionsRepository } from './scoped-positions.repository.js';
import {
  BreakerView,
  breakerView,
  ListSwitchesQuery,
  ResetBreakerBody,
  SetSwitchBody,
  SwitchView,
  switchView,
} from './safety.dto.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { safetyError } from './safety.errors.js';
import { fullSwitchView } from './switch-view.js';
import { SwitchesRepository } from './switches.repository.js';
import { type SwitchOutcome, SwitchesService } from './switches.service.js';

const CHANGED = { changed: true, switch: SwitchView };

const DEFAULT_LIMIT = 50;

@ApiTags('Safety')
@ApiBearerAuth()
@Controller('safety')
@OpenInMaintenance()
@OpenToOldApps()
export class SafetyController {
  constructor(
    private readonly service: SwitchesService,
    private readonly switches: SwitchesRepository,
    private readonly breakersService: BreakersService,
    private readonly breakers: BreakersRepository,
    private readonly positions: ScopedPositionsRepository,
    private readonly clock: Clock,
  ) {}

  @Get('switches')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Switches that are set and that were: your own, or all for administrators' })
  @Answers({ switches: [SwitchView], count: 1, next_before_id: orNull(1) })
  async list(@Query() query: ListSwitchesQuery, @CurrentUser() caller: UserCaller) {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const { active = null, scope = null, before_id: beforeId = null } = query;
    const rows = await this.switches.list(ownerOf(caller), { active, scope, beforeId, limit: limit + 1 });
    const page = pageOf(rows, limit);
    const switches = page.items.map((row) => switchView(row, caller));
    return { ok: true, switches, count: switches.length, next_before_id: page.next_before_id };
  }

  @Get('switches/:id')
  @Allow('signed_in')
  @ApiOperation({ summary: 'One switch, with the progress of closing positions' })
  @Answers({ switch: SwitchView })
  @Fails(safetyError, 'SWITCH_NOT_FOUND')
  async one(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    const row = await this.switches.find(ownerOf(caller), id);
    if (row === undefined) throw safetyError('SWITCH_NOT_FOUND');
    return { ok: true, switch: await fullSwitchView(row, caller, this.positions) };
  }

  @Post('switches')
  @StepUp('flatten')
  @HttpCode(200)
  @Allow('signed_in')
  @ApiOperation({ summary: 'Stop trading in a scope: yourself and your accounts, or anything for administrators' })
  @Answers(CHANGED)
  @Fails(safetyError, 'SCOPE_NOT_FOUND', 'SCOPE_NOT_ALLOWED', 'SET_BY_STAFF', 'STRONGER_SWITCH')
  async set(@Body() body: SetSwitchBody, @CurrentUser() caller: UserCaller) {
    const { scope, value, mode = 'block_entries', reason = '', minutes = null, confirm } = body;
    if (confirm === undefined && (scope === 'platform' || mode === 'flatten')) {
      throw invalidField('confirm', 'must be KILL for the platform and for mode flatten');
    }
    return this.#answer(await this.service.set({ scope, value, mode, reason, minutes }, caller), caller);
  }

  @Delete('switches/:id')
  @StepUp('administrator')
  @HttpCode(200)
  @Allow('signed_in')
  @ApiOperation({ summary: 'Clear a switch: your own, or any for administrators' })
  @Answers(CHANGED)
  @Fails(safetyError, 'SWITCH_NOT_FOUND', 'SET_BY_STAFF')
  async clear(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    return this.#answer(await this.service.clear(id, caller), caller);
  }

  @Get('breakers')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Circuit breakers that have ever opened: of your accounts, or all for administrators' })
  @Answers({ breakers: [BreakerView], count: 1, next_before_id: orNull(1) })
  async listBreakers(@Query() query: PageQuery, @CurrentUser() caller: UserCaller) {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const page = pageOf(await this.breakers.list(ownerOf(caller), query.before_id ?? null, limit + 1), limit);
    const now = this.clock.now();
    const breakers = page.items.map((row) => breakerView(row, atTime(breakerState(row), now).status));
    return { ok: true, breakers, count: breakers.length, next_before_id: page.next_before_id };
  }

  @Post('breakers/reset')
  @StepUp()
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'Close a circuit breaker by hand; what was lost before does not open it again' })
  @Answers({ changed: true })
  @Fails(safetyError, 'BREAKER_NOT_FOUND')
  async reset(@Body() { scope, account_id }: ResetBreakerBody, @CurrentUser() caller: UserCaller) {
    if (scope === 'account' && account_id === undefined) throw invalidField('account_id', 'must name the account');
    const value = scope === 'platform' ? '' : String(account_id);
    if (scope === 'account' && (await this.breakers.find(scope, value)) === undefined) {
      throw safetyError('BREAKER_NOT_FOUND');
    }
    return { ok: true, changed: await this.breakersService.reset(scope, value, caller.userId) };
  }

  async #answer({ item, changed }: SwitchOutcome, caller: UserCaller) {
    return { ok: true, changed, switch: await fullSwitchView(item, caller, this.positions) };
  }
}

/** Whose switches a caller sees: null for everybody's. */
function ownerOf(caller: UserCaller): number | null {
  return caller.role === 'admin' ? null : caller.userId;
}
