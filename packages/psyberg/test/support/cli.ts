/** The program as a process of its own, from source. */
import { main } from '../../src/main.ts';

process.exitCode = await main(process.argv.slice(2));
