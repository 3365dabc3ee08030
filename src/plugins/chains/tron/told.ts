/**
 * What one source says of a transaction, in terms in which two sources can be compared.
 * Keeps: an answer of an unexpected shape is a mistake of the source, never a payment; amounts are exact.
 */
import { z } from 'zod';
import { tronAddress } from '../../../domain/payment/tron-address.js';

export interface Watched {
  readonly wallet: string;
  readonly walletHex: string;
  readonly contract: string;
  readonly contractHex: string;
}

export interface Told {
  readonly succeeded: boolean;
  /** Millionths of a USDT to our wallet: the sum of all transfers in the transaction. 0 when it failed. */
  readonly amount: bigint;
  /** Something other than our token reached our wallet. */
  readonly otherToken: boolean;
  readonly from: string;
  readonly block: number;
  readonly at: Date;
}

/** `Transfer(address,address,uint256)`. */
const TRANSFER = 'ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

const hex = z
  .string()
  .regex(/^[0-9a-f]*$/i)
  .max(20_000);

const blockNumber = z.number().int().nonnegative();

/** Milliseconds that a `Date` can hold. */
const milliseconds = z.number().int().nonnegative().max(8_640_000_000_000_000);

const INFO = z.object({
  id: hex,
  blockNumber,
  blockTimeStamp: milliseconds,
  result: z.string().optional(),
  receipt: z.object({ result: z.string().optional() }).default({}),
  log: z
    .array(z.object({ address: hex, topics: z.array(hex).default([]), data: hex.default('') }))
    .max(1_000)
    .default([]),
});

/** Of `walletsolidity/gettransactioninfobyid`; undefined for `{}`: not final, or not known. */
export function toldByTronGrid(answer: unknown, watched: Watched): Told | undefined {
  if (isEmpty(answer)) return undefined;
  const info = INFO.parse(answer);
  const succeeded = info.result !== 'FAILED' && info.receipt.result === 'SUCCESS';
  const ours = info.log.filter((log) => isTransferTo(log.topics, watched.walletHex));
  const right = ours.filter(
    (log) => log.address.toLowerCase() === watched.contractHex && /^[0-9a-f]{64}$/i.test(log.data),
  );
  const sender = right[0]?.topics[1]?.slice(-40);
  return {
    succeeded,
    amount: succeeded ? right.reduce((sum, log) => sum + BigInt(`0x${log.data}`), 0n) : 0n,
    otherToken: ours.length > right.length,
    from: sender === undefined ? '' : tronAddress(sender),
    block: info.blockNumber,
    at: new Date(info.blockTimeStamp),
  };
}

function isTransferTo(topics: readonly string[], walletHex: string): boolean {
  const [event, from = '', to = ''] = topics;
  return (
    event?.toLowerCase() === TRANSFER && from.length === 64 && to.length === 64 && to.toLowerCase().endsWith(walletHex)
  );
}

const SCANNED = z.object({
  block: blockNumber,
  timestamp: milliseconds,
  contractRet: z.string(),
  confirmed: z.boolean(),
  revert: z.boolean().default(false),
  trc20TransferInfo: z
    .array(
      z.object({
        from_address: z.string().max(64).default(''),
        to_address: z.string().max(64),
        contract_address: z.string().max(64),
        amount_str: z.string().regex(/^\d{1,78}$/),
      }),
    )
    .max(1_000)
    .nullish(),
});

/** Of `transaction-info`; undefined where it is not known or not confirmed yet. */
export function toldByTronScan(answer: unknown, watched: Watched): Told | undefined {
  if (isEmpty(answer)) return undefined;
  const scanned = SCANNED.parse(answer);
  if (!scanned.confirmed) return undefined;
  const succeeded = scanned.contractRet === 'SUCCESS' && !scanned.revert;
  const ours = (scanned.trc20TransferInfo ?? []).filter((transfer) => transfer.to_address === watched.wallet);
  const right = ours.filter((transfer) => transfer.contract_address === watched.contract);
  return {
    succeeded,
    amount: succeeded ? right.reduce((sum, transfer) => sum + BigInt(transfer.amount_str), 0n) : 0n,
    otherToken: ours.length > right.length,
    from: right[0]?.from_address ?? '',
    block: scanned.block,
    at: new Date(scanned.timestamp),
  };
}

function isEmpty(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer) && Object.keys(answer).length === 0;
}
