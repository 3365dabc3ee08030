/**
 * What programs may call, by scope. A route that no scope names is for people only: sign-in, keys, payments, administration,
 * and every route that is added without a word here.
 */
export const SCOPES = ['read', 'trade', 'settings', 'signals:post'] as const;

export type Scope = (typeof SCOPES)[number];

/** Routes as `METHOD path`, parameters in braces. */
export const ROUTES_OF_SCOPE: Readonly<Record<Scope, readonly string[]>> = {
  read: [
    'GET /api/auth/me',
    'GET /api/candles',
    'GET /api/positions',
    'GET /api/positions/detail/{id}',
    'GET /api/positions/{user_id}',
    'GET /api/prices',
    'GET /api/reports',
    'GET /api/reports/daily',
    'GET /api/safety/breakers',
    'GET /api/safety/switches',
    'GET /api/safety/switches/{id}',
    'GET /api/signals',
    'GET /api/signals/{id}',
    'GET /api/signals/{id}/decisions',
    'GET /api/signals/{id}/edits',
    'GET /api/signals/{id}/trade-plan',
    'GET /api/sources/{id}/statistics',
    'GET /api/sources/{id}/trade-plan',
    'GET /api/trade-plan/fields',
    'GET /api/users/{id}',
    'GET /api/users/{id}/balance/{exchange}',
    'GET /api/users/{id}/exchanges',
    'GET /api/users/{id}/exchanges/{exchange_id}',
    'GET /api/users/{id}/exchanges/{exchange_id}/balance',
    'GET /api/users/{id}/exchanges/{exchange}/leverage',
    'GET /api/users/{id}/paper/balance',
    'GET /api/users/{id}/paper/equity',
    'GET /api/users/{id}/paper/ledger',
    'GET /api/users/{id}/sources',
    'GET /api/users/{id}/subscription',
    'GET /api/users/{id}/trade-plan',
  ],
  trade: [
    'POST /api/positions/close',
    'PUT /api/positions/{id}',
    'POST /api/positions/{id}/attach',
    'POST /api/safety/switches',
    'DELETE /api/safety/switches/{id}',
  ],
  settings: [
    'PUT /api/users/{id}/dca',
    'PUT /api/users/{id}/exchanges/{exchange}/leverage',
    'PUT /api/users/{id}/general',
    'PUT /api/users/{id}/preferences',
    'PUT /api/users/{id}/reversal',
    'PUT /api/users/{id}/risk',
    'PUT /api/users/{id}/sources/{source_id}',
    'DELETE /api/users/{id}/sources/{source_id}',
    'PUT /api/users/{id}/strategy',
    'PUT /api/users/{id}/trade-plan',
  ],
  'signals:post': [
    'POST /api/signals',
    'PUT /api/signals/{id}',
    'POST /api/signals/cancel',
    'POST /api/signals/reduce',
    'POST /api/signals/withdraw-entries',
    'POST /api/signals/stop-loss',
    'POST /api/signals/target-reached',
    'GET /api/signals/{id}/decisions/summary',
  ],
};

/** Scopes that staff alone may give a program. */
export const STAFF_SCOPES: readonly Scope[] = ['signals:post'];

/** What an administrator may read in a user's place: what the user's program may, but nothing of exchanges and their keys. */
export const STAFF_READS: ReadonlySet<string> = new Set([
  ...ROUTES_OF_SCOPE.read.filter((route) => !route.includes('exchange')),
  'GET /api/notifications',
  'GET /api/notifications/unread-count',
  'GET /api/notifications/preferences',
  'GET /api/payments/my-payments',
  'GET /api/payments/{payment_id}',
  'GET /api/payments/{payment_id}/receipt',
  'GET /api/referral/stats',
  'GET /api/support/tickets',
  'GET /api/support/tickets/{id}',
  'GET /api/users/{id}/notifications/settings',
  'GET /api/wallet/balance',
  'GET /api/wallet/history',
]);

const SCOPE_OF_ROUTE: ReadonlyMap<string, Scope> = new Map(
  SCOPES.flatMap((scope) => ROUTES_OF_SCOPE[scope].map((route): [string, Scope] => [route, scope])),
);

/** The scope that a route asks of programs; undefined where none may call it. `pattern`: as Fastify knows the route. */
export function scopeOf(method: string, pattern: string): Scope | undefined {
  return SCOPE_OF_ROUTE.get(routeName(method, pattern));
}

export function isStaffRead(method: string, pattern: string): boolean {
  return STAFF_READS.has(routeName(method, pattern));
}

const routeName = (method: string, pattern: string) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`;
