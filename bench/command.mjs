/** Runs the program as a process of its own, in the form in which it is packed. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = path.join(import.meta.dirname, '..', 'packages', 'psyberg');
/** Has a process say at its end how much memory it took. */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { peakKiB } from ${JSON.stringify(new URL('machine.mjs', import.meta.url).href)};
  process.on('exit', () => process.stderr.write('\\npeak ' + peakKiB() + '\\n'));
`)}`;

/** While `work` lasts, the working copy has the program bundled, as a pack has. */
export async function withPackedProgram(work) {
  await node(path.join(PACKAGE, 'bundle.mjs'));
  try {
    return await work();
  } finally {
    await node(path.join(PACKAGE, 'bundle.mjs'), '--remove');
  }
}

export const node = (...args) => promisify(execFile)(process.execPath, ['--import', TELL_PEAK, ...args]);

export const psyberg = (folder, ...words) =>
  promisify(execFile)(process.execPath, ['--import', TELL_PEAK, path.join(PACKAGE, 'bin', 'psyberg.js'), ...words], {
    cwd: folder,
    maxBuffer: 2 ** 26,
  });

/** Memory of such a process at its highest, in MiB, from what it wrote. */
export const peakOf = ({ stderr }) => Number(/^peak (\d+)$/m.exec(stderr)[1]) / 1_024;
