/** Tables by hours, as a picture. Pure: what the cells are is decided by the caller. */

const KINDS = {
  'on time': { sign: '■', colour: 'green' },
  late: { sign: '▲', colour: 'yellow' },
  appended: { sign: '+', colour: 'cyan' },
  overwritten: { sign: '◆', colour: 'cyan' },
  waiting: { sign: '…', colour: 'magenta' },
  nothing: { sign: '·', colour: 'dim' },
};

/**
 * @param rows `[{ name, cells }]`, `cells` a Map from hour to the name of a kind
 * @param paint colours a text, or leaves it alone
 * @returns lines, the last one explains the signs
 */
export function gridLines(rows, hours, paint) {
  const width = Math.max(...rows.map((row) => row.name.length));
  const head = `${' '.repeat(width)}  ${hours.map((hour) => `${String(hour).padStart(2, '0')}h`.padStart(5)).join('')}`;
  const used = new Set();
  const lines = rows.map((row) => {
    const cells = hours.map((hour) => {
      const kind = row.cells.get(hour) ?? 'nothing';
      used.add(kind);
      return `    ${paint(KINDS[kind].colour, KINDS[kind].sign)}`;
    });
    return `${row.name.padEnd(width)}  ${cells.join('')}`;
  });
  const legend = Object.entries(KINDS)
    .filter(([kind]) => used.has(kind))
    .map(([kind, { sign, colour }]) => `${paint(colour, sign)} ${kind}`);
  return [paint('dim', head), ...lines, '', legend.join('   ')];
}
