import { preparePython } from './python.ts';

/** Takes half a minute the first time, on a machine that has nothing yet. */
export default async function setup(): Promise<void> {
  await preparePython();
}
