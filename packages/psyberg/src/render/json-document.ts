import type { ReportStatus } from '@psyberg/core';
import { ConfigError } from '@psyberg/core';
import { errorCode } from '../exit-codes.ts';
import { maskSecrets } from '../secrets.ts';
import { type JsonObject, toJson } from './json-values.ts';

/** Raised only when keys change their meaning or go; new keys do not raise it. */
const SCHEMA_VERSION = 1;

/** What every document begins with. */
export interface Envelope {
  readonly command: string;
  readonly status: ReportStatus;
  readonly exitCode: number;
  readonly next: readonly string[];
}

/** The one document of `--json`: the envelope, then the command's own keys. */
export function jsonDocument(envelope: Envelope, keys: JsonObject): JsonObject {
  return {
    schemaVersion: SCHEMA_VERSION,
    command: envelope.command,
    status: envelope.status,
    exitCode: envelope.exitCode,
    next: envelope.next,
    ...keys,
  };
}

/** A failure as scripts see it: its code, whether trying again makes sense, the message without secrets. */
export function errorKeys(error: unknown): JsonObject {
  const outcome = error instanceof Error && 'outcome' in error ? error.outcome : undefined;
  return {
    code: errorCode(error) ?? null,
    outcome: typeof outcome === 'string' ? outcome : null,
    message: maskSecrets(error instanceof Error ? error.message : String(error)),
    ...(error instanceof ConfigError
      ? { problems: error.problems.map((problem) => toJson({ ...problem, message: maskSecrets(problem.message) })) }
      : {}),
  };
}
