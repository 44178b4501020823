import type { DoctorFinding } from '../reports.ts';

/** What a topic is about; the order is that of the report. */
export type DoctorTopic = DoctorFinding['topic'];

/** One thing found. `next` holds the commands worth typing. */
export const finding = (
  severity: DoctorFinding['severity'],
  topic: DoctorTopic,
  where: string,
  message: string,
  next: readonly string[] = [],
): DoctorFinding => ({ severity, topic, where, message, next });

/** The text of a failure, for a finding that stands for it. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
