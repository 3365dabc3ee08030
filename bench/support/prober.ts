/**
 * A process that asks a URL at a steady rate, whether or not what it asked before was answered, and notes how long each
 * answer took. Arguments: URL, requests a second, seconds, authorization. Sends its samples (ms) to the parent and ends.
 */
import { Agent, get } from 'node:http';

const [url = '', rate = '', seconds = '', authorization = ''] = process.argv.slice(2);
const every = 1_000 / Number(rate);
const total = Number(rate) * Number(seconds);
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function ask(): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = performance.now();
    const request = get(url, { agent, headers: { authorization } }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - sent);
        else reject(new Error(`${url}: ${response.statusCode ?? 'no status'}`));
      });
    });
    request.once('error', reject);
  });
}

const start = performance.now();
const answers: Promise<number>[] = [];
for (let count = 0; count < total; count += 1) {
  const early = start + count * every - performance.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  answers.push(ask());
}
process.send?.(await Promise.all(answers));
agent.destroy();
process.disconnect();
