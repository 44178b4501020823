import type { PsybergEvent } from '@psyberg/core';
import { maskSecrets } from '../secrets.ts';
import { statusWords } from './marks.ts';
import { counted, formatElapsed } from './words.ts';

/** How much of what happens is told. `info` is the default. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
const LOG_LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

const LEVEL_BY_KIND: Readonly<Record<PsybergEvent['kind'], LogLevel>> = {
  'chain-started': 'debug',
  'process-started': 'debug',
  'step-started': 'debug',
  'step-progress': 'debug',
  'step-finished': 'info',
  planned: 'debug',
  audited: 'debug',
  warning: 'warn',
  'process-finished': 'debug',
};

export const isTold = (event: PsybergEvent, level: LogLevel): boolean =>
  LOG_LEVELS.indexOf(levelOf(event)) <= LOG_LEVELS.indexOf(level);

/** A verification is announced and not summed up, since its verdict follows; a step of a run is the other way round. */
function levelOf(event: PsybergEvent): LogLevel {
  if (!('step' in event) || event.step !== 'verify') return LEVEL_BY_KIND[event.kind];
  return event.kind === 'step-started' ? 'info' : 'debug';
}

/** An event as one plain line. */
export function eventLine(event: PsybergEvent): string {
  switch (event.kind) {
    case 'chain-started':
      return `${event.session === undefined ? '' : `session ${event.session}: `}${event.processes.join(', ')}`;
    case 'process-started':
      return event.session === undefined ? `${event.process} begins` : `${event.process}: session ${event.session}`;
    case 'step-started':
      return `${event.process}: ${event.step} …`;
    case 'step-progress':
      return `${event.process}: ${event.step} ${progressText(event)}`.trimEnd();
    case 'step-finished':
      return `${event.process}: ${event.step} ${maskSecrets(event.message)} (${formatElapsed(event.elapsedMs)})`;
    case 'planned':
      return `${event.process}: planned ${event.plan.outcome}, ${counted(event.plan.intervals.length, 'interval')}`;
    case 'audited':
      return `${event.process}: ${event.audits.map((audit) => `${audit.name} ${audit.status}`).join(', ') || 'no audits'}`;
    case 'warning':
      return `warning: ${event.process === undefined ? '' : `${event.process}: `}${maskSecrets(event.message)}`;
    case 'process-finished':
      return `${event.process}: ${statusWords(event.status)} (${formatElapsed(event.elapsedMs)})`;
  }
}

/** `42 %, 3 files, 1,200 rows, reading raw.signups` */
export function progressText(progress: {
  readonly fraction?: number;
  readonly files?: number;
  readonly rows?: number;
  readonly message?: string;
}): string {
  const parts: string[] = [];
  if (progress.fraction !== undefined) parts.push(`${Math.floor(progress.fraction * 100)} %`);
  if (progress.files !== undefined) parts.push(counted(progress.files, 'file'));
  if (progress.rows !== undefined) parts.push(counted(progress.rows, 'row'));
  if (progress.message !== undefined) parts.push(maskSecrets(progress.message));
  return parts.join(', ');
}
