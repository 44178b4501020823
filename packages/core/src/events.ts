import type { ProcessName, SessionId } from './process/process.ts';
import type { AuditRow } from './session/rows.ts';
import type { SessionPlan } from './session/session-plan.ts';

export type StepName = 'init' | 'write' | 'audit' | 'publish' | 'commit' | 'verify';

/**
 * Everything that happens while core works, for whoever renders it; core itself prints nothing. `session` is undefined while nobody has
 * named one.
 */
export type PsybergEvent =
  | {
      readonly kind: 'chain-started';
      readonly processes: readonly ProcessName[];
      readonly session: SessionId | undefined;
    }
  | { readonly kind: 'process-started'; readonly process: ProcessName; readonly session: SessionId | undefined }
  | {
      readonly kind: 'step-started';
      readonly process: ProcessName;
      readonly session: SessionId | undefined;
      readonly step: StepName;
    }
  | {
      readonly kind: 'step-progress';
      readonly process: ProcessName;
      readonly step: StepName;
      /** 0 to 1 where known. */
      readonly fraction?: number;
      readonly files?: number;
      readonly rows?: number;
      readonly message?: string;
    }
  | {
      readonly kind: 'step-finished';
      readonly process: ProcessName;
      readonly session: SessionId | undefined;
      readonly step: StepName;
      readonly elapsedMs: number;
      /** `work done`, or why it was a no-op ("already published"). */
      readonly message: string;
    }
  | { readonly kind: 'planned'; readonly process: ProcessName; readonly plan: SessionPlan }
  | { readonly kind: 'audited'; readonly process: ProcessName; readonly audits: readonly AuditRow[] }
  | { readonly kind: 'warning'; readonly process?: ProcessName; readonly message: string }
  | {
      readonly kind: 'process-finished';
      readonly process: ProcessName;
      readonly status: string;
      readonly elapsedMs: number;
    };

export type EventListener = (event: PsybergEvent) => void;
