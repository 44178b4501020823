/** Rows of the table that audits of single kinds are tried on. */

/** A row as test tables write it: id, plan, hour. */
export type Row = readonly [id: number | null, plan: string | null, hour: number | null];

/** `1 free 2 | - pro 3`: each row its id, plan and hour, `-` for NULL. */
export const rows = (text: string): readonly Row[] =>
  text.split(' | ').map((row) => {
    const [id, plan, hour] = row.split(' ').map((word) => (word === '-' ? null : word));
    return [id == null ? null : Number(id), plan ?? null, hour == null ? null : Number(hour)];
  });

export interface Case {
  readonly source?: readonly Row[];
  readonly written: readonly Row[];
  /** Rows of the touched intervals that the branch has already. */
  readonly before?: readonly Row[];
  /** Rows of any other table. */
  readonly other?: readonly Row[];
}

export const CLEAN: Case = {
  source: rows('1 free 2 | 2 pro 2 | 3 free 6'),
  written: rows('1 free 2 | 2 pro 2 | 3 free 6'),
};
