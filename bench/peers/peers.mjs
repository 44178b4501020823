/** Runs the same work by other people's tools; see `peers.py` for what they are asked. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const SCRIPT = path.join(import.meta.dirname, 'peers.py');
const MADE_BY_INTEROP = path.join(import.meta.dirname, '..', '..', '.cache', 'pyiceberg', 'bin', 'python');

/** The Python that has the peers: `PEERS_PYTHON`, else the environment that `npm run test:interop` makes. */
export const PYTHON = process.env.PEERS_PYTHON ?? MADE_BY_INTEROP;

/** Says on standard error once what will be missing, so that nobody takes half a table for a whole one. */
export function peersPresent() {
  if (existsSync(PYTHON)) return true;
  console.error(
    `No Python with PyIceberg at ${PYTHON}: only our own side is measured. npm run test:interop makes one.`,
  );
  return false;
}

/**
 * One measurement in a process of its own.
 *
 * @param request `do` names the work, `runs` how often; the rest is for the work
 * @param limitS seconds after which it is given up
 * @returns `ms`, `cpuMs` and `found` of the best run, `peakMiB` of the process, `wallMs` of the process whole; or `undefined` if given up
 */
export async function askPeer(request, limitS = 600) {
  const before = performance.now();
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stdin.end(JSON.stringify(request));
  const timer = setTimeout(() => child.kill('SIGKILL'), limitS * 1_000);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  clearTimeout(timer);
  if (signal === 'SIGKILL') return undefined;
  if (code !== 0) throw new RangeError(`The peer's ${request.do} ended with ${code}.`);
  return { ...JSON.parse(Buffer.concat(chunks).toString()), wallMs: performance.now() - before };
}
