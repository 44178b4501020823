import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

let mutant;
let found;

export function initialize(data) {
  mutant = data;
  found = new URL(`../../../${data.file}`, import.meta.url).href;
}

export async function load(url, context, nextLoad) {
  if (url.split('?')[0] !== found) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(found), 'utf8');
  if (text.split(mutant.find).length !== 2) throw new TypeError(`"${mutant.find}" is not once in ${mutant.file}`);
  return { format: 'module', source: text.replace(mutant.find, () => mutant.replace), shortCircuit: true };
}
