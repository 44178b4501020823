import { doctor } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { doctorKeys } from '../render/doctor-json.ts';
import { doctorText } from '../render/doctor-text.ts';
import { readChainConfig, withProject } from '../setup/open-project.ts';

/** What is well today and may not be tomorrow; exit 0 with warnings, 6 where something is broken already. Writes nothing. */
export const run: Command<object> = async (context, processes) => {
  const config = await readChainConfig(context);
  const report = await withProject(context, config, (project) => doctor(project, { processes, config }));
  const broken = report.findings.some((finding) => finding.severity === 'error');
  return {
    status: broken ? 'needs_decision' : 'ok',
    exitCode: broken ? EXIT.decision : EXIT.ok,
    next: [...new Set(report.findings.flatMap((finding) => finding.next))],
    keys: doctorKeys(report),
    lines: (screen) => doctorText(report, screen),
    kind: 'question',
  };
};
