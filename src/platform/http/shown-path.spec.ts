import { shownPath } from './shown-path.js';

describe('the path of a request in the log', () => {
  const shown = (url: string | undefined, params: object = {}) => shownPath({ routeOptions: { url }, params } as never);

  it('is that of its route, with ids', () => {
    expect(shown('/api/users/:id/exchanges/:exchange_id', { id: '7', exchange_id: '12' })).toBe(
      '/api/users/7/exchanges/12',
    );
    expect(shown('/api/payments/:payment_id', { payment_id: 'VZK-0A1B2C3D4E5F' })).toBe(
      '/api/payments/VZK-0A1B2C3D4E5F',
    );
  });

  it('shows nothing else that stood in it', () => {
    expect(shown('/api/users/:id', { id: 'hunter2-and-more' })).toBe('/api/users/:id');
    expect(shown('/api/users/:id')).toBe('/api/users/:id');
    expect(shown(undefined)).toBe('(no route)');
    expect(shown('*')).toBe('(no route)');
  });
});
