import { secretText, signedHeaders } from './webhook-signature.js';

describe('signatures of webhooks', () => {
  it('are those of the specification’s example', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const at = new Date(1_614_265_330_000);
    expect(signedHeaders([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}')).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('a secret is its bytes in base64 behind a mark', () => {
    expect(secretText(Buffer.from('a'.repeat(32)))).toBe(`whsec_${Buffer.from('a'.repeat(32)).toString('base64')}`);
  });
});
