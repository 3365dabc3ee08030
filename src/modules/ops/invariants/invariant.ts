/**
 * What an invariant is: a sentence about the stored books that is true after every commit, with the SQL that finds what
 * breaks it. Keeps: a new one is one more entry in a list; nothing here changes data.
 */

/** A condition that is true for a row that breaks the invariant; see `FACTS` beside the list for its columns. */
export interface RowInvariant {
  /** `subject.rule`, as in docs/invariants.md and as the metric's label. */
  readonly name: string;
  readonly statement: string;
  readonly brokenWhen: string;
}

/**
 * A whole query that answers what breaks the invariant as rows (subject text, detail text).
 * `$1`: ended positions and signals are looked at back to this time; `$2`: now.
 */
export interface QueryInvariant {
  readonly name: string;
  readonly statement: string;
  readonly sql: string;
}

export interface Violation {
  readonly name: string;
  /** What breaks it, as `position:12`. */
  readonly subject: string;
  readonly detail: string;
}
