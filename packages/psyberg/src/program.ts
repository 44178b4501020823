/**
 * What can be typed. Only commander is loaded here; a command's own file is imported when it is called, so that `--help` and
 * mistyped words are answered at once.
 */
import { Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { Answer, CommandContext } from './context.ts';

/** A command's module: its function takes the arguments and the flags as commander spells them. */
export type CommandModule = {
  readonly run: (context: CommandContext, args: readonly string[], options: never) => Promise<Answer>;
};

/** Called with the command that was typed, once. */
export type Dispatch = (call: {
  readonly command: string;
  readonly load: () => Promise<CommandModule>;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}) => Promise<void>;

const GROUPS = { start: 'Start:', work: 'Work:', steps: 'Steps alone:', look: 'Look:', repair: 'Put right:' } as const;

/** The command line as a value; `dispatch` is called for the command typed. */
export function createProgram(version: string, dispatch: Dispatch): Commander {
  const program = new Commander('psyberg')
    .description('Incremental, exactly-once pipelines over Apache Iceberg tables, late data included.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'explain a command')
    .helpCommand(false)
    .option('--config <file>', 'configuration file (default: the nearest psyberg.yaml, upwards)')
    .option('--json', 'print one JSON document to stdout')
    .option('--output-file <file>', 'write one JSON object per event')
    .addOption(new Option('--log-level <level>', 'how much is told').choices(['error', 'warn', 'info', 'debug']))
    .option('--quiet', 'no progress, and nothing when all went well')
    .option('--no-color', 'no colours')
    .option('--yes', 'do not ask')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showHelpAfterError(false)
    .exitOverride();
  const add = (group: keyof typeof GROUPS, usage: string, description: string, load: () => Promise<CommandModule>) => {
    const command: Commander = program.command(usage).description(description).helpGroup(GROUPS[group]);
    command.helpOption('--help', 'explain the command');
    command.action(() => dispatch({ command: command.name(), load, args: command.args, options: command.opts() }));
    return command;
  };
  addStart(add);
  addWork(add);
  addSteps(add);
  addLook(add);
  addRepair(add);
  return program;
}

type Add = (
  group: keyof typeof GROUPS,
  usage: string,
  description: string,
  load: () => Promise<CommandModule>,
) => Commander;

function addStart(add: Add): void {
  add(
    'start',
    'new [directory]',
    'make a working project with a few hundred rows',
    () => import('./commands/new.ts'),
  ).option('--ts', 'configuration in TypeScript instead of YAML');
  add('start', 'check', 'find what would fail later', () => import('./commands/check.ts')).option(
    '--show-config',
    'print each value with its origin',
  );
}

function addWork(add: Add): void {
  add(
    'work',
    'plan [processes...]',
    'what would be loaded and why; writes nothing',
    () => import('./commands/plan.ts'),
  ).option('--detailed-exitcode', 'exit with 10 when there is work');
  add(
    'work',
    'run [processes...]',
    'load what changed: all steps, the whole chain in order',
    () => import('./commands/run.ts'),
  )
    .option('--session <id>', 'name the session, or resume it at its first unfinished step')
    .option('--max-intervals <n>', 'split a large catch-up into sessions of at most n intervals', readCount)
    .option('--recompute', 'start anew from the current source snapshots');
}

function addSteps(add: Add): void {
  withStepFlags(add('steps', 'init', 'plan a session and store the plan', () => import('./commands/init.ts')))
    .option('--empty-exit-code <n>', 'exit with this when there is nothing to do (default: 0)', readExitCode)
    .addOption(
      new Option('--predicates <dialect>', 'print a WHERE clause for each source, for a job of your own').choices([
        'duckdb',
        'spark',
      ]),
    );
  withStepFlags(
    add('steps', 'write', 'run the transform into a staged snapshot', () => import('./commands/write.ts')),
  ).option('--nothing', 'your own job found nothing to stage');
  withStepFlags(add('steps', 'audit', 'check the staged snapshot', () => import('./commands/audit.ts')));
  withStepFlags(add('steps', 'publish', 'show the staged snapshot to readers', () => import('./commands/publish.ts')))
    .option('--accept <audits...>', 'publish a held session although these audits failed')
    .option('--reason <text>', 'why; kept for ever');
  withStepFlags(add('steps', 'commit', 'move the watermarks', () => import('./commands/commit.ts')));
}

/** Process and session, and the flags that describe a process without a configuration file. */
function withStepFlags(command: Commander): Commander {
  return command
    .option('--process <name>', 'the process (also --process-name)')
    .option('--session <id>', 'the session (also --psyberg-session-id)')
    .optionsGroup('Without a configuration file:')
    .option('--src-tables <tables>', 'sources, comma-separated, each TABLE or TABLE|TIME_COLUMN')
    .option('--target-table <table>', 'the table that the process writes')
    .option('--etl-pattern-id <id>', '1: stateless, 2: stateful')
    .option('--psyberg-hwm-table <table>', 'the watermark table')
    .option('--psyberg-session-table <table>', 'the session table')
    .option('--target-time <column>', "the target's time column (default: that of the first source)")
    .option('--catalog <uri>', 'the catalog (default: sqlite:warehouse/catalog.db)')
    .option('--warehouse <folder>', 'the folder of the tables (default: warehouse)')
    .optionsGroup('Options:');
}

function addLook(add: Add): void {
  add(
    'look',
    'status [processes...]',
    'how far each process is, and what it waits for',
    () => import('./commands/status.ts'),
  );
  add('look', 'sessions [process]', 'what was loaded in every run', () => import('./commands/sessions.ts'));
  add(
    'look',
    'explain [process] [session]',
    'what a session did and why: explain [PROCESS] SESSION',
    () => import('./commands/explain.ts'),
  )
    .option('--audit <name>', 'only the results of this audit')
    .option('--interval <time>', 'every session that wrote the interval: explain PROCESS --interval T');
  add('look', 'verify [processes...]', 'compare the tables with a full recompute', () => import('./commands/verify.ts'))
    .option('--from <time>', 'from this instant on (ISO, or "36h ago")')
    .option('--to <time>', 'up to this instant, exclusive');
  add('look', 'changes <table>', 'what a table gained and lost, by interval', () => import('./commands/changes.ts'))
    .option('--from <snapshot>', 'after this snapshot (default: all)')
    .option('--time <column>', 'the column to go by');
  add('look', 'signal <table>', 'how far a table is complete', () => import('./commands/signal.ts'));
  add('look', 'wait <table>', 'block until a table is complete up to a time', () => import('./commands/wait.ts'))
    .requiredOption('--until <time>', 'complete up to here, exclusive (ISO, or "1h ago")')
    .option('--timeout <duration>', 'give up after this long, with exit 4', '1h')
    .option('--seen', 'also believe what has only been seen, not declared');
}

function addRepair(add: Add): void {
  add(
    'repair',
    'doctor [processes...]',
    'what is at risk, and what to do about it',
    () => import('./commands/doctor.ts'),
  );
  add(
    'repair',
    'backfill <process>',
    'recompute a span of what is loaded; downstream follows at its next run',
    () => import('./commands/backfill.ts'),
  )
    .requiredOption('--from <time>', 'from this instant on (ISO, or "36h ago")')
    .requiredOption('--to <time>', 'up to this instant, exclusive')
    .option('--session <id>', 'name the session of the backfill')
    .option('--max-intervals <n>', 'split it into sessions of at most n intervals', readCount);
  add(
    'repair',
    'skip <process>',
    'move the watermark past a change without loading it',
    () => import('./commands/skip.ts'),
  )
    .requiredOption('--to <snapshot>', 'a snapshot of the source, or current')
    .requiredOption('--reason <text>', 'why; kept for ever')
    .option('--source <table>', 'whose change, where the process has several sources');
  add(
    'repair',
    'recover',
    'make our own tables anew from what the targets tell',
    () => import('./commands/recover.ts'),
  ).option('--dry-run', 'only say what would be told again');
  add(
    'repair',
    'adopt <process>',
    'declare that the target already holds everything up to a point',
    () => import('./commands/adopt.ts'),
  )
    .requiredOption('--at <point>', 'current, a snapshot id of the source, or an instant')
    .option('--loaded-until <time>', 'how far the target is loaded, exclusive');
  add(
    'repair',
    'discard <session...>',
    'give up a session: discard [PROCESS] SESSION',
    () => import('./commands/discard.ts'),
  ).option('--process <name>', 'the process, where several have a session of that name');
  add('repair', 'clean', 'remove what dead sessions left behind', () => import('./commands/clean.ts')).option(
    '--dry-run',
    'only say what would be removed',
  );
}

function readExitCode(text: string): number {
  const code = Number(text);
  if (!/^\d{1,3}$/.test(text) || code > 255) throw new InvalidArgumentError('Expected a number from 0 to 255.');
  return code;
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return count;
}

/** Published spellings and the documented one of each. */
const SPELLINGS: Readonly<Record<string, string>> = {
  '--process_name': '--process',
  '--process-name': '--process',
  '--psyberg_session_id': '--session',
  '--psyberg-session-id': '--session',
  '--src_tables': '--src-tables',
  '--psyberg_hwm_table': '--psyberg-hwm-table',
  '--psyberg_session_table': '--psyberg-session-table',
  '--etl_pattern_id': '--etl-pattern-id',
  '--target_table': '--target-table',
};

/** Puts the published spellings of flags into ours, up to a lone `--`. */
export function withOurSpellings(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, index) => {
    if (end !== -1 && index > end) return word;
    const [flag = '', ...value] = word.split('=');
    const ours = SPELLINGS[flag];
    return ours === undefined ? word : [ours, ...value].join('=');
  });
}
