/**
 * Signals and what comes of them, as tests ask for them over HTTP: posted by staff, met by prices, looked at by followers.
 * Keeps: waits for the event itself, never for time. What is asked must succeed; refusals are asked for by hand.
 */
import request from 'supertest';
import { TriggerEngine } from '../../src/modules/trading/triggers/trigger-engine.service.js';
import type { Person } from '../factories/people.js';
import { eventually, type TestApplication } from './application.js';

type Running = Pick<TestApplication, 'app' | 'feed'>;

const http = ({ app }: Running) => request(app.getHttpServer());

/** Posts a signal; its id. */
export async function postSignal(test: Running, who: Person, signal: object): Promise<number> {
  const sent = await http(test).post('/api/signals').set(who.auth).send(signal).expect(201);
  return (sent.body as { signal_id: number }).signal_id;
}

/** Lets a symbol trade at these prices, one after the other, and waits until each has had its effect. */
export async function tickThrough(test: Running, symbol: string, ...prices: number[]): Promise<void> {
  for (const price of prices) {
    test.feed.tick(symbol, price);
    await test.app.get(TriggerEngine).settled(symbol);
  }
}

/** The position of a person by a signal, as the page of its details has it; undefined while there is none. */
export async function positionBy<Seen>(test: Running, who: Person, signalId: number): Promise<Seen | undefined> {
  const list = await http(test).get('/api/positions').query({ signal_id: signalId }).set(who.auth).expect(200);
  const found = (list.body as { positions: { id: number }[] }).positions[0];
  if (found === undefined) return undefined;
  const one = await http(test).get(`/api/positions/detail/${found.id}`).set(who.auth).expect(200);
  return (one.body as { position: Seen }).position;
}

/** The same, once it is as `fits` wants it. */
export function positionOnce<Seen>(
  test: Running,
  who: Person,
  signalId: number,
  fits: (position: Seen) => boolean,
): Promise<NonNullable<Seen>> {
  return eventually(async () => {
    const position = await positionBy<Seen>(test, who, signalId);
    return position !== undefined && fits(position) ? position : undefined;
  });
}
