import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENVIRONMENT = path.join(ROOT, '.cache', 'pyiceberg');
const REQUIREMENTS = path.join(ROOT, 'fixtures', 'pyiceberg', 'requirements.txt');
const PYTHON = path.join(ENVIRONMENT, 'bin', 'python');

export const FIXTURE_RECIPE = path.join(ROOT, 'fixtures', 'pyiceberg', 'make_fixtures.py');
export const PYICEBERG_TOOL = fileURLToPath(new URL('pyiceberg_tool.py', import.meta.url));

class PythonError extends Error {}

/** Makes the environment with exactly the versions of `requirements.txt`, once; later calls do nothing. */
export async function preparePython(): Promise<void> {
  const stamp = path.join(ENVIRONMENT, 'ready');
  const wanted = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return;
  await rm(stamp, { force: true });
  await mkdir(path.dirname(ENVIRONMENT), { recursive: true });
  const run = promisify(execFile);
  if (!existsSync(PYTHON)) await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', ENVIRONMENT]);
  await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  await writeFile(stamp, wanted);
}

/** A script of ours that answers line by line. It starts with the first question and ends with this process. */
export class PythonServer {
  readonly #script: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(script: string) {
    this.#script = script;
  }

  async ask(question: unknown): Promise<unknown> {
    const child = this.#child ?? this.#start();
    const line = new Promise<string>((resolve) => this.#waiting.push(resolve));
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { answers, error } = JSON.parse(await line) as { answers?: unknown; error?: string };
    if (error !== undefined) throw new PythonError(error);
    return answers;
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn(PYTHON, [this.#script], { stdio: ['pipe', 'pipe', 'pipe'] });
    const err: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    child.on('close', (code) => {
      const error = `${path.basename(this.#script)} ended with ${code}:\n${Buffer.concat(err).toString()}`;
      for (const answer of this.#waiting.splice(0)) answer(JSON.stringify({ error }));
    });
    this.#child = child;
    return child;
  }
}

/** Runs a script of ours with `input` as JSON on its standard input; the JSON that it prints. */
export async function runPython(script: string, args: readonly string[], input?: unknown): Promise<unknown> {
  const child = spawn(PYTHON, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(input === undefined ? '' : JSON.stringify(input));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new PythonError(`${path.basename(script)} ended with ${code}:\n${Buffer.concat(err).toString()}`);
  return JSON.parse(Buffer.concat(out).toString());
}
