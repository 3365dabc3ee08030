import { localAddresses } from './addresses.js';

describe('the addresses of this machine', () => {
  it('are those of interfaces that lead out', () => {
    const address = { netmask: '', mac: '', cidr: null, family: 'IPv4' as const };
    const read = () => ({
      lo: [{ ...address, address: '127.0.0.1', internal: true }],
      eth0: [{ ...address, address: '10.0.0.7', internal: false }],
    });
    expect(localAddresses(read)).toEqual(['10.0.0.7']);
  });

  it('are none where the system does not tell', () => {
    const refuse = () => {
      throw new Error('uv_interface_addresses returned Unknown system error 97');
    };
    expect(localAddresses(refuse)).toEqual([]);
  });
});
