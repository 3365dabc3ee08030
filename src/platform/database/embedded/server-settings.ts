/**
 * The settings the embedded server runs with, sized to the machine.
 * Keeps: the planner and WAL settings that the hot paths were measured with; throwaway servers trade durability for
 * speed, real ones never do. Must not turn on anything the shipped build lacks (lz4, JIT).
 */

/** What the machine offers, in bytes. */
export interface Machine {
  readonly memory: number;
  readonly freeDisk: number;
}

export type ServerSettings = Readonly<Record<string, string>>;

const MIB = 1024 * 1024;

/** Settings of a server that holds real data. */
export function durableSettings(machine: Machine): ServerSettings {
  return {
    ...commonSettings(machine),
    max_wal_size: `${clamp(machine.freeDisk / 10 / MIB, 256, 8_192)}MB`,
    checkpoint_timeout: '15min',
    checkpoint_completion_target: '0.9',
  };
}

/** Settings of a server whose data is thrown away: nothing is flushed, a crash of the machine loses it all. */
export function throwawaySettings(machine: Machine): ServerSettings {
  return {
    ...commonSettings(machine),
    shared_buffers: `${clamp(machine.memory / 16 / MIB, 64, 256)}MB`,
    max_connections: '200',
    max_wal_size: `${clamp(machine.freeDisk / 10 / MIB, 128, 2_048)}MB`,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum_naptime: '10min',
  };
}

function commonSettings(machine: Machine): ServerSettings {
  return {
    shared_buffers: `${clamp(machine.memory / 8 / MIB, 64, 1_024)}MB`,
    effective_cache_size: `${clamp(machine.memory / 2 / MIB, 128, 65_536)}MB`,
    random_page_cost: '1.1',
    max_connections: '150',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_min_messages: 'warning',
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.floor(Math.min(high, Math.max(low, value)));
}
