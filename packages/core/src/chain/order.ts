import { formatIdentifier } from '@psyberg/iceberg';
import { UsageError } from '../errors.ts';
import type { Process, ProcessName } from '../process/process.ts';

/** Processes whose target is a source (or lookup) of `process`. */
export function upstreamOf(process: Process, all: Iterable<Process>): readonly Process[] {
  const reads = new Set(process.sources.map((s) => `${formatIdentifier(s.table)}@${s.branch}`));
  return [...all].filter(
    (p) => p.name !== process.name && reads.has(`${formatIdentifier(p.target.table)}@${p.target.branch}`),
  );
}

/**
 * Every process after those that write what it reads; otherwise in the order given. Pure.
 *
 * @throws {UsageError} the processes form a circle
 */
export function inDependencyOrder(processes: readonly Process[]): readonly Process[] {
  const result: Process[] = [];
  const state = new Map<ProcessName, 'visiting' | 'done'>();
  const visit = (process: Process, path: readonly ProcessName[]): void => {
    if (state.get(process.name) === 'done') return;
    if (state.get(process.name) === 'visiting') {
      const circle = [...path.slice(path.indexOf(process.name)), process.name].join(' -> ');
      throw new UsageError(`The processes form a circle: ${circle}. Nothing was begun.`);
    }
    state.set(process.name, 'visiting');
    for (const upstream of upstreamOf(process, processes)) visit(upstream, [...path, process.name]);
    state.set(process.name, 'done');
    result.push(process);
  };
  for (const process of processes) visit(process, []);
  return result;
}
