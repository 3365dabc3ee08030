/**
 * `/api/ping`, `/api/health`, `/api/system/ip`, `/api/safety/status`: for watchdogs, operators and the older app.
 */
import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, OpenInMaintenance, OpenToOldApps } from '../../platform/http/access.js';
import { Answers } from '../../platform/openapi/answers.js';
import { PRODUCT_VERSION } from '../../platform/process/product-version.js';
import { SafetyView } from '../safety/safety-view.service.js';
import { localAddresses } from './addresses.js';
import { type HealthChecks, HealthService } from './health.service.js';
import { ADDRESS, ALIVE, HEALTH, PING, SAFETY } from './ops.answers.js';
import { PriceStatus } from './price-status.service.js';

@ApiTags('System')
@Controller()
@OpenInMaintenance()
@OpenToOldApps()
export class OpsController {
  constructor(
    private readonly health: HealthService,
    private readonly safety: SafetyView,
    private readonly prices: PriceStatus,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('ping')
  @Allow('public')
  @ApiOperation({ summary: 'Answers at once' })
  @Answers(PING)
  ping() {
    return { ok: true, status: 'ok', service: 'VerzekBackend', version: PRODUCT_VERSION, message: 'pong' };
  }

  @Get('health')
  @Allow('public')
  @ApiOperation({ summary: 'Readiness with figures; 503 only when the database is away' })
  @Answers(HEALTH, [503])
  healthOf(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.#answer(reply);
  }

  @Get('health/ready')
  @Allow('public')
  @ApiOperation({ summary: 'The same as /api/health' })
  @Answers(HEALTH, [503])
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.#answer(reply);
  }

  @Get('health/live')
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'The process is alive' })
  @Answers(ALIVE)
  live() {
    return { ok: true, status: 'alive', timestamp: this.clock.now().toISOString() };
  }

  @Get('system/ip')
  @Allow('public')
  @ApiOperation({ summary: 'The address from which this server calls exchanges, to be allowed there' })
  @Answers(ADDRESS)
  ip() {
    const { SYSTEM_PUBLIC_IP } = this.config.process;
    if (SYSTEM_PUBLIC_IP !== undefined) return ipView([SYSTEM_PUBLIC_IP], 'SYSTEM_PUBLIC_IP');
    return ipView(localAddresses(), 'local interface; set SYSTEM_PUBLIC_IP to the public one');
  }

  @Get('safety/status')
  @Allow('public')
  @ApiOperation({ summary: 'Whether trading works, in which mode, and what stands in its way' })
  @Answers(SAFETY)
  async safetyStatus() {
    const [checks, prices] = await Promise.all([this.health.checks(), this.prices.read()]);
    const workers = checks.workers.active ?? 0;
    const operational = checks.database.ok && checks.queue.ok && checks.prices.ok && workers > 0;
    const { isTradingAllowed, ...stops } = this.safety.status();
    return {
      ok: true,
      active_workers: workers,
      mode: this.config.trading.EXCHANGE_MODE,
      status: isTradingAllowed ? (operational ? 'operational' : 'degraded') : 'halted',
      trading_allowed: workers > 0 && isTradingAllowed,
      ...stops,
      price_feed: this.config.prices.PRICE_FEED,
      prices: { ...checks.prices, ...prices },
      timestamp: this.clock.now().toISOString(),
    };
  }

  async #answer(reply: FastifyReply) {
    const checks = await this.health.checks();
    const status = statusOf(checks);
    if (status === 'unavailable') void reply.status(503);
    return { ok: status !== 'unavailable', status, timestamp: this.clock.now().toISOString(), checks };
  }
}

function statusOf(checks: HealthChecks): 'healthy' | 'degraded' | 'unavailable' {
  if (!checks.database.ok) return 'unavailable';
  const { queue, prices, broadcast } = checks;
  return queue.ok && prices.ok && broadcast.ok ? 'healthy' : 'degraded';
}

function ipView(addresses: readonly string[], source: string) {
  const ip = addresses[0] ?? '127.0.0.1';
  return { ok: true, ip, server_ip: ip, ip_list: [...addresses], source };
}
