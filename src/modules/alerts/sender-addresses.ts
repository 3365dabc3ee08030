/**
 * Whether an alert came from where it may: single addresses, networks, and the published addresses of TradingView.
 * Keeps: pure; IPv4 in IPv6 clothing is IPv4; a text that is no address is never inside.
 */
import { BlockList, isIP } from 'node:net';

/** As TradingView publishes them; it uses IPv4 only. */
export const TRADINGVIEW: readonly string[] = ['52.89.214.238', '34.212.75.30', '54.218.53.128', '52.32.178.7'];

const PRESETS: Readonly<Record<string, readonly string[]>> = { tradingview: TRADINGVIEW };

/** `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`, `tradingview`. */
export function isAddressRule(text: string): boolean {
  if (Object.hasOwn(PRESETS, text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** An empty list lets everybody in. */
export function isFrom(rules: readonly string[], address: string): boolean {
  if (rules.length === 0) return true;
  const plain = address.replace(/^::ffff:/i, '').split('%')[0] ?? '';
  const version = isIP(plain);
  if (version === 0) return false;
  const list = new BlockList();
  for (const rule of rules.flatMap((text) => PRESETS[text] ?? [text])) add(list, rule);
  return list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

function add(list: BlockList, rule: string): void {
  const [address = '', bits] = rule.split('/');
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
