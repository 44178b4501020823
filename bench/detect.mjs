/**
 * Detection: what it costs to learn that the last commit added 50 files, on a small and on a large table.
 *
 *   node bench/detect.mjs [--small 10000] [--large 1000000] [--runs 5]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { plan } from '@psyberg/core';
import { makeLargeTable, openLakeProject, PROCESS } from './large-table.mjs';
import { bestOf, machine, numberOption, printTable, timed } from './machine.mjs';

const COMMAND = path.join(import.meta.dirname, '..', 'packages', 'psyberg', 'bin', 'psyberg.js');
/** Has the process say at its end how much memory it took. */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS + '\\n'))",
)}`;
const LATE = 50;
/** Files in one commit while the table is made: its entries are in memory at once. */
const COMMIT_FILES = 50_000;

const runs = numberOption('runs', 5);
const sizes = [numberOption('small', 10_000), numberOption('large', 1_000_000)];

const results = [];
for (const files of sizes) results.push(await measure(files));
const [small, large] = results;

console.log(machine());
console.log(`Detection of a commit of ${LATE} files; best of ${runs}.`);
printTable([
  ['', `${sizes[0].toLocaleString('en')} files`, `${sizes[1].toLocaleString('en')} files`, 'ratio'],
  ...[
    ['plan in the process, ms', 'planMs'],
    ['  of it processor, ms', 'planCpuMs'],
    ['psyberg plan as a process, ms', 'commandMs'],
    ['  its memory at the highest, MiB', 'commandMiB'],
    ['(psyberg --help, ms)', 'helpMs'],
    ['(making the table, s)', 'makeS'],
  ].map(([label, key]) => [label, small[key], large[key], large[key] / small[key]]),
]);

async function measure(files) {
  const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-detect-'));
  try {
    const commits = Math.max(10, Math.ceil(files / COMMIT_FILES));
    const made = await timed(() => makeLargeTable(folder, { files, commits, late: LATE }));
    await planOnce(folder); // what the compiler learns is not the table's cost
    const planned = await bestOf(runs, () => planOnce(folder));
    const command = await bestOf(runs, () => psyberg(folder, 'plan', '--json'));
    const help = await bestOf(runs, () => psyberg(folder, '--help'));
    checkFound(planned.result);
    checkFound(JSON.parse(command.result.stdout));
    return {
      planMs: planned.ms,
      planCpuMs: planned.cpuMs,
      commandMs: command.ms,
      commandMiB: Number(/^peak (\d+)$/m.exec(command.result.stderr)[1]) / 1_024,
      helpMs: help.ms,
      makeS: made.ms / 1_000,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** On handles of its own, so that nothing is remembered from the run before. */
async function planOnce(folder) {
  const project = await openLakeProject(folder);
  try {
    return await plan(project, { processes: [PROCESS] });
  } finally {
    await project.close();
  }
}

function psyberg(folder, ...words) {
  const args = ['--import', TELL_PEAK, COMMAND, ...words];
  return promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 });
}

/** A quick answer that is wrong is not worth measuring. Reads the report of `plan` or its JSON document. */
function checkFound({ processes: [found] }) {
  const files = (found.plan ?? found).sources[0].files;
  if (files !== LATE) throw new RangeError(`Detection found ${files} files, not ${LATE}.`);
}
