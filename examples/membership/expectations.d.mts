export type HoursByWord = Readonly<Record<string, readonly number[]>>;

export interface ReportedProcess {
  readonly process: string;
  readonly intervals?: readonly { readonly start: string; readonly state: string; readonly action: string }[];
}

export const PLAN_WITH_LATE_DATA: Readonly<Record<string, HoursByWord>>;
export const PLAN_WITH_MISSING_HOUR: Readonly<Record<string, HoursByWord>>;
export function unmetExpectations(
  expected: Readonly<Record<string, HoursByWord>>,
  processes: readonly ReportedProcess[],
): string[];
export function hoursByWord(intervals: NonNullable<ReportedProcess['intervals']>): HoursByWord;
