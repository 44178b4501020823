/** What a number means nothing without: the machine, what else it did, and a table to print it in. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';

/** One line about the machine. */
export function machine() {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg().map((value) => value.toFixed(1));
  return `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory} GiB; ${process.platform} ${process.arch}; Node ${process.versions.node}; load ${load.join(' ')}`;
}

/** Wall and processor time of `work` in milliseconds; on a busy machine the second says more. */
export async function timed(work) {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  const result = await work();
  const ms = performance.now() - before;
  const cpu = process.cpuUsage(cpuBefore);
  return { result, ms, cpuMs: (cpu.user + cpu.system) / 1_000 };
}

/** The best of some runs, by wall time: what the machine can do when others let it. */
export async function bestOf(runs, work) {
  let best;
  for (let n = 0; n < runs; n += 1) {
    const one = await timed(work);
    if (best === undefined || one.ms < best.ms) best = one;
  }
  return best;
}

/**
 * Memory of this process at its highest, in kibibytes. What the system counts as used by a process begins, on Linux, with what its parent
 * had when it was started; what its own memory came to is said elsewhere.
 */
export function peakKiB() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

/** The same in mebibytes. */
export const peakMiB = () => Math.round(peakKiB() / 1024);

/** Prints a table: the first row is the heading, numbers stand to the right. */
export function printTable(rows) {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? format(cell) : cell)));
  const widths = texts[0].map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  for (const row of texts) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
    );
  }
}

const format = (value) =>
  value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(1);

/** `--name value` of the command line, a whole number. */
export function numberOption(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`--${name} takes a whole number above 0.`);
}
