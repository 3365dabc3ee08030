/**
 * Holds the audit trail against its chain: every row that was changed, removed or added by anybody but the product.
 * Keeps: reads in pages, beside a running product; each finding names the row.
 */
import { Injectable } from '@nestjs/common';
import {
  AuditChainRepository,
  contentOf,
  type EventRow,
  type LinkRow,
  type TrailRow,
} from '../../../platform/audit/audit-chain.repository.js';
import { AuditKey } from '../../../platform/audit/audit-key.js';
import { Clock } from '../../../platform/clock/clock.js';
import { GENESIS, isSame, isSigned, sealEvent, signHead } from '../../../platform/audit/audit-seal.js';

const PAGE = 1_000;

/** Rows of which copies are looked for in one statement, so that none takes long. */
const SLICE = 500_000;

/** Rows are sealed within seconds; what waits longer is held up. */
const LONGEST_WAIT_MS = 60_000;

export interface AuditFinding {
  /** `event:17`, `seal:4`, `head`. */
  readonly subject: string;
  readonly detail: string;
}

/** A seal, and whether its row or one before it is signed. */
interface Place {
  readonly seq: number;
  readonly hash: Buffer;
  readonly isSigned: boolean;
}

export interface AuditHeadNote {
  readonly seq: number;
  /** Hexadecimal. */
  readonly hash: string;
}

export interface AuditVerification {
  readonly events: number;
  readonly seals: number;
  readonly waiting: number;
  /** Rows without a signature. */
  readonly unsigned: number;
  /** Since when the key is that signs. */
  readonly keySince: Date;
  readonly head: AuditHeadNote | undefined;
  readonly findings: readonly AuditFinding[];
}

@Injectable()
export class AuditVerificationService {
  constructor(
    private readonly chain: AuditChainRepository,
    private readonly key: AuditKey,
    private readonly clock: Clock,
  ) {}

  /** `noted`: an end of the chain that was written down elsewhere, which it must still hold. */
  async verify(noted?: AuditHeadNote): Promise<AuditVerification> {
    const findings: AuditFinding[] = [];
    const events = await this.#verifyTrail(findings);
    await this.#findCopies(findings, events.read);
    const { seals, last } = await this.#verifyChain(findings, noted);
    await this.#verifyHead(findings, seals === 0 ? undefined : last);
    return {
      events: events.read,
      seals,
      waiting: events.waiting,
      unsigned: events.unsigned,
      keySince: this.key.madeAt,
      head: seals === 0 ? undefined : { seq: last.seq, hash: last.hash.toString('hex') },
      findings,
    };
  }

  async #verifyTrail(findings: AuditFinding[]): Promise<{ read: number; waiting: number; unsigned: number }> {
    let [read, waiting, unsigned, afterId] = [0, 0, 0, 0];
    const held = { count: 0, first: 0 };
    const heldBefore = this.clock.now().getTime() - LONGEST_WAIT_MS;
    for (;;) {
      const page = await this.chain.trail(afterId, PAGE);
      for (const row of page) {
        const wrong = this.#trailFault(row);
        if (wrong !== undefined) findings.push({ subject: `event:${row.id}`, detail: `${wrong} (${told(row)})` });
        if (row.is_waiting && !row.is_sealed) {
          waiting += 1;
          if (this.#waitsSince(row) < heldBefore && (held.count += 1) === 1) held.first = row.id;
        }
        if (row.mac === null) unsigned += 1;
      }
      read += page.length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) {
        if (held.count > 0) {
          const detail = `has waited for its seal for more than a minute, ${held.count} rows in all: nothing seals them`;
          findings.push({ subject: `event:${held.first}`, detail });
        }
        return { read, waiting, unsigned };
      }
      afterId = last.id;
    }
  }

  /** Rows from before the key could not be sealed earlier. */
  #waitsSince(row: TrailRow): number {
    return Math.max(row.created_at.getTime(), this.key.madeAt.getTime());
  }

  #trailFault(row: TrailRow): string | undefined {
    if (!row.is_sealed && !row.is_waiting) return 'was inserted: it neither has a seal nor waits for one';
    if (row.mac === null) {
      return row.id > this.key.unsignedUpTo ? 'was inserted: it has no signature' : undefined;
    }
    return isSigned(this.key.key, row.mac, contentOf(row))
      ? undefined
      : 'was changed or inserted: its signature is wrong';
  }

  async #findCopies(findings: AuditFinding[], rows: number): Promise<void> {
    const slices = Math.max(1, Math.ceil(rows / SLICE));
    for (let slice = 0; slice < slices; slice += 1) {
      for (const row of await this.chain.copies(slice, slices)) {
        const detail = `was inserted: it is a copy of another row, event:${row.original} (${told(row)})`;
        findings.push({ subject: `event:${row.id}`, detail });
      }
    }
  }

  async #verifyChain(findings: AuditFinding[], noted: AuditHeadNote | undefined) {
    let last: Place = { seq: 0, hash: GENESIS, isSigned: false };
    let seals = 0;
    let isNotedSeen = noted === undefined;
    for (;;) {
      const page = await this.chain.links(last.seq, PAGE);
      for (const link of page) {
        this.#checkLink(findings, link, last);
        last = { seq: link.seq, hash: link.hash, isSigned: last.isSigned || link.mac !== null };
        seals += 1;
        if (noted?.seq === link.seq && noted.hash === link.hash.toString('hex')) isNotedSeen = true;
      }
      if (page.length < PAGE) break;
    }
    if (!isNotedSeen)
      findings.push({ subject: 'chain', detail: 'does not hold the noted end: it was cut off or made anew' });
    return { seals, last };
  }

  #checkLink(findings: AuditFinding[], link: LinkRow, previous: Place): void {
    if (link.seq !== previous.seq + 1) {
      const [from, to] = [previous.seq + 1, link.seq - 1];
      findings.push({ subject: `seal:${from}`, detail: from === to ? 'was removed' : `to ${to} were removed` });
      return;
    }
    if (link.id === null) {
      findings.push({ subject: `event:${link.event_id}`, detail: `was removed; seal ${link.seq} is left` });
      return;
    }
    if (link.mac === null && previous.isSigned) {
      const detail = `was inserted: it has no signature and stands behind signed rows, at seal ${link.seq} (${told(link)})`;
      findings.push({ subject: `event:${link.id}`, detail });
    }
    const place = { seq: link.seq, id: link.id, mac: link.mac };
    if (!isSame(sealEvent(this.key.key, previous.hash, place, contentOf(link)), link.hash)) {
      const detail = `does not fit seal ${link.seq}: one of them was changed (${told(link)})`;
      findings.push({ subject: `event:${link.id}`, detail });
    }
  }

  /** Rows may be sealed while this runs, so the end that is stored may be ahead of the one that was read. */
  async #verifyHead(findings: AuditFinding[], last: Place | undefined): Promise<void> {
    const head = await this.chain.head();
    if (head === undefined) {
      if (last !== undefined) findings.push({ subject: 'head', detail: 'was removed' });
      return;
    }
    if (!isSame(signHead(this.key.key, head.seq, head.hash), head.mac))
      findings.push({ subject: 'head', detail: 'was changed: its signature is wrong' });
    if (last !== undefined && head.seq < last.seq)
      findings.push({ subject: 'head', detail: `was put back to ${head.seq}: the chain goes on to ${last.seq}` });
    const [link] = await this.chain.links(head.seq - 1, 1);
    if (link?.seq !== head.seq || !isSame(link.hash, head.hash))
      findings.push({ subject: `seal:${head.seq}`, detail: 'was removed from the end of the chain, or changed' });
  }
}

function told(row: EventRow): string {
  return `${row.action} on ${row.subject}, ${row.created_at.toISOString()}`;
}
