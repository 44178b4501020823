import type { PsybergEvent } from '@psyberg/core';
import { maskSecrets } from '../secrets.ts';
import { type JsonObject, jsonDurationMs, jsonTimeMs } from './json-values.ts';
import { planDocument } from './plan-json.ts';
import { auditKeys } from './session-json.ts';

/** An event as one line of `--output-file`: `event`, `at`, and its facts. */
export function eventDocument(event: PsybergEvent, atMs: number): JsonObject {
  return { event: event.kind, at: jsonTimeMs(atMs), ...eventFacts(event) };
}

function eventFacts(event: PsybergEvent): JsonObject {
  switch (event.kind) {
    case 'chain-started':
      return { session: event.session ?? null, processes: event.processes };
    case 'process-started':
      return { process: event.process, session: event.session ?? null };
    case 'step-started':
      return { process: event.process, session: event.session ?? null, step: event.step };
    case 'step-progress':
      return {
        process: event.process,
        step: event.step,
        fraction: event.fraction ?? null,
        files: event.files ?? null,
        rows: event.rows ?? null,
        message: event.message === undefined ? null : maskSecrets(event.message),
      };
    case 'step-finished':
      return {
        process: event.process,
        session: event.session ?? null,
        step: event.step,
        elapsed: jsonDurationMs(event.elapsedMs),
        message: maskSecrets(event.message),
      };
    case 'planned':
      return { process: event.process, session: event.plan.session, ...planDocument(event.plan) };
    case 'audited':
      return { process: event.process, audits: event.audits.map(auditKeys) };
    case 'warning':
      return { process: event.process ?? null, message: maskSecrets(event.message) };
    case 'process-finished':
      return { process: event.process, status: event.status, elapsed: jsonDurationMs(event.elapsedMs) };
  }
}
