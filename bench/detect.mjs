/**
 * Detection: what it costs to learn which hours the last commit changed, on a small and on a large table, beside PyIceberg as people
 * write it (all entries, all partitions) and as one writes it who knows the format (only the commit's own manifests).
 *
 *   node bench/detect.mjs [--small 10000] [--large 1000000] [--late 200] [--runs 5] [--peer-limit 600]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changes, plan } from '@psyberg/core';
import { peakOf, psyberg, withPackedProgram } from './command.mjs';
import { hourOf, makeLargeTable, openLakeProject, PROCESS, SOURCE } from './large-table.mjs';
import { bestOf, machine, numberOption, printTable, timed } from './machine.mjs';
import { askPeer, peersPresent } from './peers/peers.mjs';

/** Files in one commit while the table is made: its entries are in memory at once. */
const COMMIT_FILES = 50_000;

const runs = numberOption('runs', 5);
const late = numberOption('late', 200);
const peerLimitS = numberOption('peer-limit', 600);
const sizes = [numberOption('small', 10_000), numberOption('large', 1_000_000)];
const withPeers = peersPresent();

const results = [];
await withPackedProgram(async () => {
  for (const files of sizes) results.push(await measure(files));
});
const [small, large] = results;

console.log(machine());
console.log(`Which hours did the last commit of ${late} files change? Best of ${runs}.`);
printTable([
  ['', `${sizes[0].toLocaleString('en')} files`, `${sizes[1].toLocaleString('en')} files`, 'ratio'],
  ...[
    ['changes in the process, ms', 'changesMs'],
    ['  of it processor, ms', 'changesCpuMs'],
    ['plan of a process, ms', 'planMs'],
    ['psyberg changes as a process, ms', 'commandMs'],
    ['  its memory at the highest, MiB', 'commandMiB'],
    ['(psyberg --help, ms)', 'helpMs'],
    ['PyIceberg, own manifests only, ms', 'tunedMs'],
    ['  as a process, ms', 'tunedWallMs'],
    ['  its memory at the highest, MiB', 'tunedMiB'],
    ['PyIceberg inspect.entries, ms', 'entriesMs'],
    ['  its memory at the highest, MiB', 'entriesMiB'],
    ['PyIceberg inspect.partitions, ms', 'partitionsMs'],
    ['  its memory at the highest, MiB', 'partitionsMiB'],
    ['(making the table, s)', 'makeS'],
  ].map(([label, key]) => [label, shown(small[key]), shown(large[key]), ratio(large[key], small[key])]),
]);
if (withPeers) {
  const against = (key) => sizes.map((_, n) => ratio(results[n][key], results[n].changesMs));
  printTable([
    ['how many times our time in the process', ...sizes.map((files) => `${files.toLocaleString('en')} files`)],
    ['PyIceberg, own manifests only', ...against('tunedMs')],
    ['PyIceberg inspect.entries', ...against('entriesMs')],
    ['PyIceberg inspect.partitions', ...against('partitionsMs')],
  ]);
}

async function measure(files) {
  const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-detect-'));
  try {
    const commits = Math.max(10, Math.ceil(files / COMMIT_FILES));
    const made = await timed(() => makeLargeTable(folder, { files, commits, late }));
    const from = made.result.read;
    const expected = hoursOf(files, late);
    await changesOnce(folder, from); // what the compiler learns is not the table's cost
    const changed = await bestOf(runs, () => changesOnce(folder, from));
    const planned = await bestOf(runs, () => planOnce(folder));
    const command = await bestOf(runs, () => psyberg(folder, 'changes', SOURCE, '--from', String(from), '--json'));
    const help = await bestOf(runs, () => psyberg(folder, '--help'));
    checkHours(
      'changes',
      changed.result.intervals.map(({ start }) => Number(start / 3_600_000_000n)),
      expected,
    );
    checkHours(
      'psyberg changes',
      JSON.parse(command.result.stdout).intervals.map(({ start }) => Date.parse(start) / 3_600_000),
      expected,
    );
    return {
      changesMs: changed.ms,
      changesCpuMs: changed.cpuMs,
      planMs: planned.ms,
      commandMs: command.ms,
      commandMiB: peakOf(command.result),
      helpMs: help.ms,
      makeS: made.ms / 1_000,
      ...(withPeers ? await measurePeers(folder, expected) : {}),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measurePeers(folder, expected) {
  const database = path.join(folder, 'lake', 'catalog.db');
  const ask = async (what, times) => {
    const request = {
      do: what,
      runs: times,
      database,
      warehouse: path.join(folder, 'lake'),
      catalog: 'psyberg',
      table: SOURCE,
    };
    const answer = await askPeer(request, peerLimitS);
    if (answer !== undefined) checkHours(what, answer.found, expected);
    return answer;
  };
  const tuned = await ask('own-manifests', runs + 1);
  const entries = await ask('entries', 1);
  const partitions = await ask('partitions', 1);
  return {
    tunedMs: tuned?.ms,
    tunedWallMs: (await ask('own-manifests', 1))?.wallMs,
    tunedMiB: tuned?.peakMiB,
    entriesMs: entries?.ms,
    entriesMiB: entries?.peakMiB,
    partitionsMs: partitions?.ms,
    partitionsMiB: partitions?.peakMiB,
  };
}

/** On handles of its own, so that nothing is remembered from the run before. */
async function changesOnce(folder, from) {
  const project = await openLakeProject(folder);
  try {
    return await changes(project, { table: SOURCE, from });
  } finally {
    await project.close();
  }
}

async function planOnce(folder) {
  const project = await openLakeProject(folder);
  try {
    return await plan(project, { processes: [PROCESS] });
  } finally {
    await project.close();
  }
}

function hoursOf(first, count) {
  return [...new Set(Array.from({ length: count }, (_, n) => hourOf(first + n)))].sort((a, b) => a - b);
}

/** A quick answer that is wrong is not worth measuring. */
function checkHours(who, found, expected) {
  const same = found.length === expected.length && found.every((hour, n) => hour === expected[n]);
  if (!same)
    throw new RangeError(`${who} found ${found.length} hours (${found.slice(0, 3)} …), not ${expected.length}.`);
}

function shown(value) {
  return value === undefined ? '-' : value;
}

function ratio(value, base) {
  return value === undefined || base === undefined ? '-' : value / base;
}
