import { MUTANTS, type Mutant } from '../mutants.ts';
import type { SeedRange } from './tell-many.ts';
import { Teller } from './teller.ts';

/** What a fault says that breaks the program instead of the law, and so proves nothing. */
const BROKEN_PROGRAM = /is not a function|is not defined|is not iterable|Cannot read properties/;

interface Hunt {
  readonly mutant: Mutant;
  /** How many histories it took; undefined when it was not found. */
  readonly found?: number;
  readonly seed?: number;
  readonly problem?: string;
}

/** Prints which mutant was found at which history, and what broke. @returns the exit status: 0 when all were found */
export async function huntMutants(range: SeedRange, only: string | undefined): Promise<number> {
  const mutants = MUTANTS.filter(({ name }) => only === undefined || name === only);
  console.log(`${mutants.length} mutants, at most ${range.histories} histories each from seed ${range.seed} on`);
  const hunts: Hunt[] = [];
  const waiting = [...mutants];
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await hunt(mutant, range);
      hunts.push(result);
      console.log(row(result));
    }
  };
  await Promise.all(Array.from({ length: Math.min(range.workers, mutants.length) }, work));
  const missed = hunts.filter(({ found }) => found === undefined);
  console.log(`\n| mutant | found at | what broke |\n| --- | --- | --- |`);
  for (const mutant of mutants) console.log(row(hunts.find((result) => result.mutant === mutant)!));
  console.log(`\n${hunts.length - missed.length} of ${hunts.length} found`);
  return missed.length === 0 && hunts.length > 0 ? 0 : 1;
}

async function hunt(mutant: Mutant, { histories, seed }: SeedRange): Promise<Hunt> {
  const teller = await Teller.start(mutant);
  try {
    for (let n = 0; n < histories; n += 1) {
      const { problem } = await teller.ask({ do: 'tell', seed: seed + n });
      if (problem !== null && BROKEN_PROGRAM.test(problem))
        throw new TypeError(`the fault "${mutant.name}" breaks the program, not the law: ${problem}`);
      if (problem !== null) return { mutant, found: n + 1, seed: seed + n, problem };
    }
    return { mutant };
  } finally {
    await teller.stop();
  }
}

function row({ mutant, found, seed, problem }: Hunt): string {
  const what = problem === undefined ? '' : ` (seed ${seed}) | ${short(problem)}`;
  return `| ${mutant.name} | ${found === undefined ? 'NOT FOUND | ' : `${found}${what}`} |`;
}

const short = (problem: string): string => problem.replace(/\s+/g, ' ').replaceAll('|', '/').slice(0, 110);
