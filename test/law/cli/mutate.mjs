/** `--import` before tsx: loads one product file with a piece of its text replaced, as `LAW_MUTANT` says ({ file, find, replace }). */
import { register } from 'node:module';

if (process.env.LAW_MUTANT) {
  register('./mutate-hooks.mjs', import.meta.url, { data: JSON.parse(process.env.LAW_MUTANT) });
}
