import { describe, expect, it } from 'vitest';
import { openAvroFile } from '../../src/avro/avro-file.ts';
import { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { commitSnapshot } from '../../src/commit/commit-snapshot.ts';
import { InvalidArgumentError, ValidationError } from '../../src/errors.ts';
import { evolveSchema } from '../../src/evolution/evolve-schema.ts';
import type { SchemaChange } from '../../src/evolution/schema-change.ts';
import { equal } from '../../src/expressions/predicate.ts';
import { parseJson } from '../../src/json/parse-json.ts';
import { currentSchema } from '../../src/metadata/history.ts';
import { cherryPick } from '../../src/producers/cherry-pick.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { updateSchema } from '../../src/producers/update-schema.ts';
import { readManifestList } from '../../src/scan/read-manifest-list.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';
import { openTable, type Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable, NAME } from '../support/test-table.ts';

const names = ({ metadata }: Table): string[] => currentSchema(metadata).fields.map(({ name }) => name);
const ADD: readonly SchemaChange[] = [{ kind: 'add', name: 'channel', type: 'string' }];

describe('updateSchema', () => {
  it('evolves the table, and again on a head that moved', async () => {
    const table = await makeTable();
    await updateSchema(table, [{ kind: 'add', name: 'theirs', type: 'int' }]);
    const after = await updateSchema(table, ADD);
    expect(names(after)).toEqual(['id', 'kind', 'theirs', 'channel']);
    expect(after.metadata.lastColumnId).toBe(4);
    expect((await updateSchema(after, [])).metadataLocation).toBe(after.metadataLocation);
    await expect(updateSchema(table, ADD)).rejects.toThrow(InvalidArgumentError);
  });

  it('is found again when the answer to the swap was lost', async () => {
    const catalog = new MemoryCatalog();
    const table = await makeTable({}, catalog);
    const lost = catalog.anotherHandle({
      afterSwap: () => {
        throw new TypeError('connection lost');
      },
    });
    const after = await updateSchema({ ...table, catalog: lost }, ADD);
    expect(names(after)).toEqual(['id', 'kind', 'channel']);
  });
});

describe('evolution in the commit of a snapshot', () => {
  it('adds columns and rows at once; snapshot and manifests name the new schema', async () => {
    const { table, snapshot } = await fastAppend(await makeTable(), [dataFile('a')], { evolution: { changes: ADD } });
    expect(names(table)).toEqual(['id', 'kind', 'channel']);
    expect(snapshot.schemaId).toBe(table.metadata.currentSchemaId);
    const [manifest] = await readManifestList(table.io, table.metadata, snapshot);
    const header = openAvroFile(await table.io.read(manifest!.path), manifest!.path).metadata.get('schema');
    expect(schemaFromJson(parseJson(String(header))).fields.map(({ name }) => name)).toEqual(['id', 'kind', 'channel']);
    expect(table.metadata.metadataLog).toHaveLength(1);
  });

  it('keeps a staged schema from readers until it is published, with the same ids whatever others add', async () => {
    const table = await makeTable();
    const planned = evolveSchema(table.metadata, ADD);
    const evolution = { changes: ADD, planned };
    const staged = await fastAppend(table, [dataFile('a')], { evolution, stageOnly: true });
    expect(names(staged.table)).toEqual(['id', 'kind']);
    expect(staged.snapshot.schemaId).toBe(planned.schemaId);
    expect(
      await liveNames(staged.table, { snapshotId: staged.snapshot.snapshotId, filter: equal('channel', 'x') }),
    ).toEqual(['a']);
    await updateSchema(table, [{ kind: 'add', name: 'theirs', type: 'int' }]);
    const published = await fastAppend(table, [dataFile('a')], { evolution });
    expect(currentSchema(published.table.metadata).fields.map(({ id, name }) => `${id} ${name}`)).toEqual([
      '1 id',
      '2 kind',
      '4 theirs',
      '3 channel',
    ]);
    expect(published.snapshot.schemaId).toBe(published.table.metadata.currentSchemaId);
  });

  it('publishes nothing when the planned ids went to another column', async () => {
    const table = await makeTable();
    const evolution = { changes: ADD, planned: evolveSchema(table.metadata, ADD) };
    await updateSchema(table, [{ kind: 'add', name: 'theirs', type: 'int' }]);
    const publishing = fastAppend(table, [dataFile('a')], { evolution });
    await expect(publishing).rejects.toThrow(ValidationError);
    expect((await openTable(table.catalog, NAME)).metadata.snapshots).toEqual([]);
  });

  it('is worked out anew when the race is lost to another schema', async () => {
    const table = await makeTable();
    let attempts = 0;
    const committed = await commitSnapshot(table, async (_base, _head, attempt) => {
      attempts = attempt;
      if (attempt === 1) await updateSchema(table, [{ kind: 'add', name: 'theirs', type: 'int' }]);
      return {
        operation: 'append',
        added: [{ name: 'data', files: [dataFile('a')] }],
        removed: [],
        summary: () => ({}),
        evolution: { changes: ADD },
      };
    });
    expect(attempts).toBe(2);
    expect(names(committed!.table)).toEqual(['id', 'kind', 'theirs', 'channel']);
  });
});

describe('evolution in a cherry-pick', () => {
  /** A snapshot with a column to come, staged on a table that has one. */
  async function staged() {
    const { table } = await fastAppend(await makeTable(), [dataFile('a')]);
    const evolution = { changes: ADD, planned: evolveSchema(table.metadata, ADD) };
    const { snapshot } = await fastAppend(table, [dataFile('b')], { evolution, stageOnly: true });
    return { table, evolution, id: snapshot.snapshotId };
  }

  it('makes the columns the table’s as main is moved to the snapshot', async () => {
    const { table, evolution, id } = await staged();
    const picked = await cherryPick(table, id, { evolution });
    expect(picked.isFastForward).toBe(true);
    expect(names(picked.table)).toEqual(['id', 'kind', 'channel']);
    expect(picked.table.metadata.currentSchemaId).toBe(picked.snapshot.schemaId);
  });

  it('makes them the table’s with the new snapshot when main has moved, with the ids that the files have', async () => {
    const { table, evolution, id } = await staged();
    await updateSchema(table, [{ kind: 'add', name: 'theirs', type: 'int' }]);
    await fastAppend(table, [dataFile('c')]);
    const picked = await cherryPick(table, id, { evolution });
    expect(picked.isFastForward).toBe(false);
    const { fields } = currentSchema(picked.table.metadata);
    expect(fields.map((field) => `${field.id} ${field.name}`)).toEqual(['1 id', '2 kind', '4 theirs', '3 channel']);
    expect(picked.table.metadata.currentSchemaId).toBe(picked.snapshot.schemaId);
    expect(await liveNames(picked.table, { filter: equal('channel', 'x') })).toContain('b');
  });

  it('publishes nothing when the column is there as another one', async () => {
    const { table, evolution, id } = await staged();
    await updateSchema(table, [{ kind: 'add', name: 'channel', type: 'int' }]);
    await expect(cherryPick(table, id, { evolution })).rejects.toThrow(InvalidArgumentError);
    expect(await liveNames(await openTable(table.catalog, NAME))).toEqual(['a']);
  });
});
