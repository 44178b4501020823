import { validateAudits } from '../audits/validate-audits.ts';
import type { AuditDefinition } from '../process/process.ts';
import type { ConfigPath } from './config-path.ts';
import type { ParseContext } from './parse-values.ts';
import type { ShapedProcess } from './schema.ts';

/** Audits with their names; one that is given none takes its kind, numbered from the second on. */
export function toAudits(
  configs: NonNullable<ShapedProcess['audits']>,
  path: ConfigPath,
  context: ParseContext,
): readonly AuditDefinition[] {
  const taken = new Set<string>();
  configs.forEach(({ name }, index) => {
    if (name === undefined) return;
    if (taken.has(name)) {
      context.problems.add(
        [...path, index, 'name'],
        `two audits of this process are called ${context.show([...path, index, 'name'])}; names are unique.`,
      );
    }
    taken.add(name);
  });
  const definitions = configs.map(
    ({ audit, name, severity, ...parameters }): AuditDefinition => ({
      audit,
      name: name ?? freeName(audit, taken),
      severity: severity ?? 'blocking',
      parameters,
    }),
  );
  for (const problem of validateAudits(definitions)) {
    context.problems.add(
      [...path, ...problem.path],
      /[.?]$/.test(problem.message) ? problem.message : `${problem.message}.`,
    );
  }
  return definitions;
}

function freeName(kind: string, taken: Set<string>): string {
  let name = kind;
  for (let number = 2; taken.has(name); number += 1) name = `${kind}_${number}`;
  taken.add(name);
  return name;
}
