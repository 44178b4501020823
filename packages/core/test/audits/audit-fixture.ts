import { parseIdentifier, type Schema } from '@psyberg/iceberg';
import type { AuditContext, AuditInput } from '../../src/audits/audit-context.ts';
import type { Relation } from '../../src/engine/engine.ts';
import { BugError } from '../../src/errors.ts';
import type { AuditDefinition, ChangesSource, Process, ProcessName, SessionId } from '../../src/process/process.ts';
import type { SessionPlan } from '../../src/session/session-plan.ts';
import { parseInstant } from '../../src/time/instant.ts';

export const at = (text: string) => parseInstant(text)!;
export const hours = (from: number, to: number) => ({
  start: at(`2023-09-14T${String(from).padStart(2, '0')}:00:00Z`),
  end: at(`2023-09-14T${String(to).padStart(2, '0')}:00:00Z`),
});

const EVENTS: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: false, type: { kind: 'long' } },
    { id: 2, name: 'plan', required: false, type: { kind: 'string' } },
    { id: 3, name: 'event_ts', required: false, type: { kind: 'timestamptz' } },
  ],
};

export function changesSource(table: string, change: Partial<ChangesSource> = {}): ChangesSource {
  const identifier = parseIdentifier(table);
  return {
    role: 'changes',
    table: identifier,
    branch: 'main',
    as: identifier.name,
    time: { kind: 'column', column: 'event_ts' },
    reads: { beforeUs: 0n, afterUs: 0n },
    onOverwrite: 'error',
    allowFuture: false,
    pin: false,
    ...change,
  };
}

export function processOf(sources: readonly ChangesSource[], change: Partial<Process> = {}): Process {
  return {
    name: 'signup_f' as ProcessName,
    mode: 'stateful',
    sources,
    target: {
      table: { namespace: ['dw'], name: 'signup_f' },
      branch: 'main',
      time: { kind: 'column', column: 'event_ts' },
      grain: 'hour',
      partition: ['hour(event_ts)'],
      sort: [],
      properties: {},
      onSchemaChange: 'error',
    },
    transform: { kind: 'sql', sqlByEngine: { '*': 'SELECT * FROM signups' }, rowwise: false },
    load: 'range',
    isolate: false,
    volatile: [],
    limits: { maxIntervals: 10_000 },
    audits: [],
    ...change,
  };
}

export function planOf(process: Process, change: Partial<SessionPlan> = {}): SessionPlan {
  return {
    process: process.name,
    mode: process.mode,
    session: '20230914061001' as SessionId,
    kind: 'normal',
    target: { table: 'dw.signup_f', branch: 'main' },
    outcome: 'work',
    sources: [],
    lookups: [],
    write: [hours(2, 7)],
    calls: [hours(2, 7)],
    intervals: [],
    pending: [],
    skipped: [],
    fingerprints: { transform: 't', audits: 'a', config: 'c' },
    notes: [],
    plannedAtMs: 0,
    ...change,
  };
}

const relationOf = (names: readonly string[], parts: Relation['parts'] = []): Relation => ({
  names,
  schema: EVENTS,
  time: { kind: 'column', column: 'event_ts' },
  parts,
});

export const inputOf = (table: string, change: Partial<AuditInput> = {}): AuditInput => ({
  role: 'changes',
  relation: relationOf([parseIdentifier(table).name, table]),
  ...change,
});

/** A context without an engine: an audit that asks for one where numbers suffice fails its test. */
export function contextOf(change: Partial<AuditContext> = {}): AuditContext {
  const process = change.process ?? processOf([changesSource('raw.signups')]);
  return {
    process,
    plan: planOf(process),
    attempt: 1,
    written: relationOf([]),
    touched: async () => relationOf([]),
    inputs: [inputOf('raw.signups')],
    sources: [],
    tableNamed: async () => {
      throw new BugError('another table was asked for');
    },
    earlierSessions: async () => [],
    earlierResults: async () => [],
    engine: async () => {
      throw new BugError('the engine was opened');
    },
    parameters: {},
    clock: () => Date.parse('2023-09-14T07:30:00Z'),
    ...change,
  };
}

export const definition = (
  audit: string,
  parameters: AuditDefinition['parameters'] = {},
  severity: AuditDefinition['severity'] = 'blocking',
): AuditDefinition => ({ audit, name: audit, severity, parameters });
