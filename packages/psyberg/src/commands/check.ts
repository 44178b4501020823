import { check, describeConfig } from '@psyberg/core';
import { plainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { checkKeys } from '../render/doctor-json.ts';
import { toJson } from '../render/json-values.ts';
import { tableLines } from '../render/table.ts';
import { checkText } from '../render/upkeep-text.ts';
import { maskSecrets } from '../secrets.ts';
import { readConfig, requireProcesses, withProject } from '../setup/open-project.ts';

/** Everything that would fail later: config, tables, columns, SQL. `--show-config`: each value with its origin. */
export const run: Command<{ readonly showConfig?: boolean }> = async (context, _args, options) => {
  const config = await readConfig(context);
  if (options.showConfig) {
    const values = describeConfig(config).map((entry) => ({ ...entry, value: maskSecrets(entry.value) }));
    return plainAnswer({ file: config.file, config: toJson(values) }, ({ paint }) => [
      paint('dim', config.file),
      ...tableLines(values.map(({ key, value, origin }) => [key, value, paint('dim', origin)])),
    ]);
  }
  requireProcesses(config);
  const report = await withProject(context, config, (project) => check(project, { config }));
  const broken = report.problems.some((problem) => problem.severity === 'error');
  return {
    status: broken ? 'failed' : 'ok',
    exitCode: broken ? EXIT.usage : EXIT.ok,
    next: broken ? [] : ['psyberg plan'],
    keys: checkKeys(report),
    lines: (screen) => checkText(report, screen),
    kind: 'question',
  };
};
