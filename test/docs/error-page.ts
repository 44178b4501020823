/** What the sources say of one error code. */
export interface ErrorFacts {
  readonly code: string;
  /** Absent: the code is listed, and no class has it. */
  readonly className?: string;
  readonly outcome?: string;
}

/** What the page says of one. */
export interface DescribedError extends ErrorFacts {
  readonly exit: number;
  readonly cause: string;
  readonly remedy: string;
}

const CLASS = /^export (abstract )?class (\w+) extends (\w+) \{\n([\s\S]*?)^\}/gm;

/** The codes of a file of error classes: its union and its classes, each with the outcome that it or its root declares. */
export function errorsIn(source: string): readonly ErrorFacts[] {
  const union = /export type \w+ErrorCode =([^;]*);/.exec(source)?.[1] ?? '';
  const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1]!);
  const bodies = new Map([...source.matchAll(CLASS)].map((match) => [match[2]!, { root: match[3]!, body: match[4]! }]));
  const outcomeOf = (name: string): string | undefined => {
    const found = bodies.get(name);
    return found && (/outcome(?:: Outcome)? = '(\w+)'/.exec(found.body)?.[1] ?? outcomeOf(found.root));
  };
  const classes = [...bodies].flatMap(([className, { body }]): ErrorFacts[] => {
    const code = /readonly code = '(\w+)'/.exec(body)?.[1];
    const outcome = outcomeOf(className);
    return code === undefined ? [] : [{ code, className, ...(outcome !== undefined && { outcome }) }];
  });
  const bare = codes.filter((code) => !classes.some((one) => one.code === code)).map((code) => ({ code }));
  return [...classes, ...bare];
}

const SECTION =
  /^### `(\w+)`\n\n(?:`(\w+)`, (\w+)|No class), exit (\d+)\.\n\*\*Cause\.\*\* ([\s\S]+)\n\*\*Remedy\.\*\* ([\s\S]+)$/;

/** The sections of `docs/errors.md` that are complete. */
export function describedErrors(page: string): readonly DescribedError[] {
  return page.split(/^(?=##)/m).flatMap((section): DescribedError[] => {
    const match = SECTION.exec(section);
    if (match === null) return [];
    const [, code, className, outcome, exit, cause, remedy] = match;
    return [
      {
        code: code!,
        ...(className !== undefined && { className }),
        ...(outcome !== undefined && { outcome }),
        exit: Number(exit),
        cause: cause!.trim(),
        remedy: remedy!.trim(),
      },
    ];
  });
}

/** Where page, classes and exit statuses differ, either way; each difference in one line. */
export function errorPageProblems(
  page: string,
  errors: readonly ErrorFacts[],
  exits: Readonly<Record<string, number>>,
): readonly string[] {
  const described = describedErrors(page);
  const headed = [...page.matchAll(/^### `(\w+)`/gm)].map((match) => match[1]!);
  const problems = headed
    .filter((code) => !described.some((one) => one.code === code))
    .map((code) => `${code} lacks class, outcome, exit, cause or remedy`);
  for (const error of errors) {
    const found = described.find((one) => one.code === error.code);
    if (found === undefined) problems.push(`${error.code} is not on the page`);
    else problems.push(...differences(error, found, exits[error.code]));
  }
  for (const { code } of described) {
    if (!errors.some((error) => error.code === code)) problems.push(`${code} is on the page only`);
  }
  return problems;
}

function differences(error: ErrorFacts, found: DescribedError, exit: number | undefined): readonly string[] {
  const pairs = [
    ['class', error.className, found.className],
    ['outcome', error.outcome, found.outcome],
    ['exit', exit, found.exit],
  ] as const;
  return pairs
    .filter(([, actual, said]) => actual !== said)
    .map(([what, actual, said]) => `${error.code} has ${what} ${actual}, the page says ${said}`);
}
