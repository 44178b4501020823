/** Writes the schema of the configuration that the package publishes; after `npm run build`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from '@psyberg/core';

const published = fileURLToPath(new URL('../../packages/psyberg/schema/config.schema.json', import.meta.url));
await writeFile(published, `${JSON.stringify(await configJsonSchema(), null, 2)}\n`);
