/**
 * What a device is called, from the `User-Agent` it sent. Pure.
 * Keeps: only words of ours come out: what strangers send goes into no mail.
 */

/** The first that fits is told; apps on Android send `okhttp`, apps on iPhones `CFNetwork`. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/okhttp|CFNetwork|Expo/i, 'App'],
  [/Safari\//, 'Safari'],
  [/curl|python|node|axios|Go-http|Postman/i, 'Program'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/okhttp|Android/i, 'Android'],
  [/iPhone|iPad|CFNetwork/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/** Such as `Chrome on Windows`; `Unknown device` where nothing is known. */
export function deviceName(userAgent: string): string {
  const first = (names: typeof CLIENTS) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const client = first(CLIENTS);
  const system = first(SYSTEMS);
  if (client === undefined) return system ?? 'Unknown device';
  return system === undefined ? client : `${client} on ${system}`;
}
