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
import { GENESIS, isSame, isSigned, sealEvent, signHead } from '../../../platform/audit/audit-seal.js';

const PAGE = 1_000;

export interface AuditFinding {
  /** `event:17`, `seal:4`, `head`. */
  readonly subject: string;
  readonly detail: string;
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
  readonly head: AuditHeadNote | undefined;
  readonly findings: readonly AuditFinding[];
}

@Injectable()
export class AuditVerificationService {
  constructor(
    private readonly chain: AuditChainRepository,
    private readonly key: AuditKey,
  ) {}

  /** `noted`: an end of the chain that was written down elsewhere, which it must still hold. */
  async verify(noted?: AuditHeadNote): Promise<AuditVerification> {
    const findings: AuditFinding[] = [];
    const events = await this.#verifyTrail(findings);
    const { seals, last } = await this.#verifyChain(findings, noted);
    await this.#verifyHead(findings, seals === 0 ? undefined : last);
    return {
      events: events.read,
      seals,
      waiting: events.waiting,
      head: seals === 0 ? undefined : { seq: last.seq, hash: last.hash.toString('hex') },
      findings,
    };
  }

  async #verifyTrail(findings: AuditFinding[]): Promise<{ read: number; waiting: number }> {
    let [read, waiting, afterId] = [0, 0, 0];
    const nonces = new Set<string>();
    for (;;) {
      const page = await this.chain.trail(afterId, PAGE);
      for (const row of page) {
        const wrong = this.#trailFault(row, nonces);
        if (wrong !== undefined) findings.push({ subject: `event:${row.id}`, detail: `${wrong} (${told(row)})` });
        if (row.is_waiting && !row.is_sealed) waiting += 1;
      }
      read += page.length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return { read, waiting };
      afterId = last.id;
    }
  }

  #trailFault(row: TrailRow, nonces: Set<string>): string | undefined {
    if (!row.is_sealed && !row.is_waiting) return 'was inserted: it neither has a seal nor waits for one';
    if (row.mac === null) {
      return row.id > this.key.unsignedUpTo ? 'was inserted: it has no signature' : undefined;
    }
    if (!isSigned(this.key.key, row.mac, contentOf(row))) return 'was changed or inserted: its signature is wrong';
    const nonce = row.mac.toString('latin1', 0, 16);
    if (nonces.has(nonce)) return 'was inserted: it is a copy of another row';
    nonces.add(nonce);
    return undefined;
  }

  async #verifyChain(findings: AuditFinding[], noted: AuditHeadNote | undefined) {
    let last: { seq: number; hash: Buffer } = { seq: 0, hash: GENESIS };
    let seals = 0;
    let isNotedSeen = noted === undefined;
    for (;;) {
      const page = await this.chain.links(last.seq, PAGE);
      for (const link of page) {
        this.#checkLink(findings, link, last);
        last = { seq: link.seq, hash: link.hash };
        seals += 1;
        if (noted?.seq === link.seq && noted.hash === link.hash.toString('hex')) isNotedSeen = true;
      }
      if (page.length < PAGE) break;
    }
    if (!isNotedSeen)
      findings.push({ subject: 'chain', detail: 'does not hold the noted end: it was cut off or made anew' });
    return { seals, last };
  }

  #checkLink(findings: AuditFinding[], link: LinkRow, previous: { seq: number; hash: Buffer }): void {
    if (link.seq !== previous.seq + 1) {
      const [from, to] = [previous.seq + 1, link.seq - 1];
      findings.push({ subject: `seal:${from}`, detail: from === to ? 'was removed' : `to ${to} were removed` });
      return;
    }
    if (link.id === null) {
      findings.push({ subject: `event:${link.event_id}`, detail: `was removed; seal ${link.seq} is left` });
      return;
    }
    const place = { seq: link.seq, id: link.id, mac: link.mac };
    if (!isSame(sealEvent(this.key.key, previous.hash, place, contentOf(link)), link.hash)) {
      const detail = `does not fit seal ${link.seq}: one of them was changed (${told(link)})`;
      findings.push({ subject: `event:${link.id}`, detail });
    }
  }

  /** Rows may be sealed while this runs, so the end that is stored may be ahead of the one that was read. */
  async #verifyHead(findings: AuditFinding[], last: { seq: number; hash: Buffer } | undefined): Promise<void> {
    const head = await this.chain.head();
    if (head === undefined) {
      if (last !== undefined) findings.push({ subject: 'head', detail: 'was removed' });
      return;
    }
    if (!isSame(signHead(this.key.key, head.seq, head.hash), head.mac))
      findings.push({ subject: 'head', detail: 'was changed: its signature is wrong' });
    const [link] = await this.chain.links(head.seq - 1, 1);
    if (link?.seq !== head.seq || !isSame(link.hash, head.hash))
      findings.push({ subject: `seal:${head.seq}`, detail: 'was removed from the end of the chain, or changed' });
  }
}

function told(row: EventRow): string {
  return `${row.action} on ${row.subject}, ${row.created_at.toISOString()}`;
}
