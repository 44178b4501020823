/**
 * The law in many random histories, or against seeded faults: `npm run test:law -- --help`.
 */
import { parseArgs } from 'node:util';
import { huntMutants } from './hunt-mutants.ts';
import { retell, tellMany } from './tell-many.ts';

const HELP = `npm run test:law -- [options]
  --histories N   how many random histories (default 300; with --mutants: for each mutant at most)
  --seed S        the first one's seed (default 1)
  --workers W     processes that tell them (default 2)
  --history FILE  tells one history again, as a failed run has left it
  --mutants       switches faults in, one by one; each must be found
  --mutant NAME   only this one`;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    history: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const range = { histories: Number(values.histories), seed: Number(values.seed), workers: Number(values.workers) };
if (values.help) console.log(HELP);
else if (values.history !== undefined) process.exitCode = await retell(values.history);
else if (values.mutants || values.mutant !== undefined) process.exitCode = await huntMutants(range, values.mutant);
else process.exitCode = await tellMany(range);
