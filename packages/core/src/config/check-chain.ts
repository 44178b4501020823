import { formatIdentifier } from '@psyberg/iceberg';
import type { Process, Source, Target } from '../process/process.ts';
import type { ProblemList } from './problem-list.ts';

const keyOf = (place: Source | Target): string => `${formatIdentifier(place.table)}@${place.branch}`;

/** What can be wrong only between processes: targets that two overwrite, processes that wait for each other, our own tables as targets. */
export function checkChain(processes: readonly Process[], ownTables: readonly string[], problems: ProblemList): void {
  checkTargets(processes, problems);
  checkOwnTables(processes, ownTables, problems);
  checkCycles(processes, problems);
}

function checkTargets(processes: readonly Process[], problems: ProblemList): void {
  const writers = new Map<string, Process>();
  for (const process of processes) {
    const key = keyOf(process.target);
    const other = writers.get(key);
    if (other === undefined) {
      writers.set(key, process);
      continue;
    }
    const overwriting = [other, process].filter((writer) => writer.mode !== 'stateless');
    if (overwriting.length === 0) {
      for (const writer of [other, process]) checkReplaces(writer, writer === process ? other : process, problems);
      continue;
    }
    problems.add(
      ['processes', process.name, 'target', 'table'],
      `${other.name} writes ${formatIdentifier(process.target.table)} too, and ${overwriting.map((writer) => `${writer.name} is ${writer.mode}`).join(', ')}: it would overwrite the other's rows. Only stateless processes share a target; give one of them its own table.`,
    );
  }
}

/** What a stateless process replaces would be the other's rows too. */
function checkReplaces(writer: Process, other: Process, problems: ProblemList): void {
  writer.sources.forEach((source, index) => {
    if (source.role !== 'changes' || source.onOverwrite !== 'recompute') return;
    problems.add(
      ['processes', writer.name, 'sources', index, 'onOverwrite'],
      `recompute replaces intervals of ${formatIdentifier(writer.target.table)}, which ${other.name} writes too and would lose its rows; give each process a table of its own, or take added-only.`,
    );
  });
}

function checkOwnTables(processes: readonly Process[], ownTables: readonly string[], problems: ProblemList): void {
  for (const { name, target } of processes) {
    const table = formatIdentifier(target.table);
    if (ownTables.includes(table)) {
      problems.add(
        ['processes', name, 'target', 'table'],
        `${table} is one of Psyberg's own tables (see "tables"); write another.`,
      );
    }
  }
}

/** Follows sources (lookups too: they decide the order of a chain like the others) to the processes that write them. */
function checkCycles(processes: readonly Process[], problems: ProblemList): void {
  const writers = new Map<string, Process[]>();
  for (const process of processes)
    writers.set(keyOf(process.target), [...(writers.get(keyOf(process.target)) ?? []), process]);
  const finished = new Set<Process>();
  const trail: Process[] = [];
  const visit = (process: Process): void => {
    if (finished.has(process)) return;
    trail.push(process);
    process.sources.forEach((source, index) => {
      for (const writer of writers.get(keyOf(source)) ?? []) {
        const start = trail.indexOf(writer);
        if (start < 0) visit(writer);
        else
          problems.add(
            ['processes', process.name, 'sources', index],
            describeCycle(trail.slice(start), process, source),
          );
      }
    });
    trail.pop();
    finished.add(process);
  };
  processes.forEach(visit);
}

function describeCycle(cycle: readonly Process[], process: Process, source: Source): string {
  const table = formatIdentifier(source.table);
  if (cycle.length === 1) {
    const hint =
      process.mode === 'stateless'
        ? ''
        : ' What a sequential process computed for the interval before is called "previous" and needs no source.';
    return `${process.name} reads its own target ${table}; it would start itself for ever.${hint}`;
  }
  const names = [...cycle, cycle[0]!].reverse().map((p) => p.name);
  return `the processes ${names.join(' -> ')} feed each other in a circle, so that none of them can be first. Take one source out, here ${table}.`;
}
