import { appendFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Appends one line of JSON with the counts of a run to the file named by `TEST_SUMMARY_FILE`; without it, does nothing.
 *
 * `.ci/run` adds the lines of all suites up. A file that could not even be loaded, and an error outside of every test, count as
 * failures, so that a run without tests cannot pass for one with tests.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const file = process.env.TEST_SUMMARY_FILE;
    if (file === undefined || file === '') return;
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string): number => states.filter((one) => one === state).length;
    const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module)).length;
    const line = {
      passed: count('passed'),
      failed: count('failed') + broken + unhandledErrors.length,
      skipped: count('skipped'),
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  }
}

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests()].some((test) => test.result().state === 'failed');
}
