import { randomUUID } from 'node:crypto';
import {
  closeSync,
  type Dirent,
  fstatSync,
  fsync,
  openSync,
  open as openWithCallback,
  read as readWithCallback,
  writeSync,
} from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { FileExistsError, FileIOError, FileNotFoundError, IcebergError } from '../errors.ts';
import type { FileInfo, FileIO } from './file-io.ts';
import { localPath } from './local-path.ts';

/**
 * Files of this machine, named by paths or `file:` URIs; `localPath` says how a location becomes a path.
 *
 * `create` writes a temporary file next to the target, syncs it, and links it to its name: a link fails when the name is
 * taken, where a POSIX rename would overwrite. A crash can leave a file ending in `.tmp`, never a part under the name.
 */
export class LocalFileIO implements FileIO {
  read(location: string): Promise<Uint8Array> {
    return attempt('read', location, () => readWhole(localPath(location)));
  }

  readRange(location: string, start: number, end: number): Promise<Uint8Array> {
    return attempt('read', location, async () => {
      const file = await open(localPath(location), 'r');
      try {
        return await readFully(file, start, end);
      } finally {
        await file.close();
      }
    });
  }

  size(location: string): Promise<number> {
    return attempt('measure', location, async () => (await stat(localPath(location))).size);
  }

  async exists(location: string): Promise<boolean> {
    try {
      return await attempt('look for', location, async () => (await stat(localPath(location))).isFile());
    } catch (error) {
      if (error instanceof FileNotFoundError) return false;
      throw error;
    }
  }

  create(location: string, content: Uint8Array): Promise<void> {
    return attempt('create', location, () => createFile(localPath(location), content));
  }

  delete(location: string): Promise<void> {
    return attempt('delete', location, () => rm(localPath(location), { force: true }));
  }

  async *list(prefix: string): AsyncGenerator<FileInfo, void, undefined> {
    for (const folders = [prefix.replace(/\/+$/, '')]; folders.length > 0; ) {
      const folder = folders.pop()!;
      for (const entry of await entriesOf(folder)) {
        const location = `${folder}/${entry.name}`;
        if (entry.isDirectory()) folders.push(location);
        else if (entry.isFile()) yield* fileInfo(location);
      }
    }
  }
}

/** Most files are a few kilobytes that go to the system's memory: a trip to another thread takes longer than that. */
const WRITTEN_AT_ONCE_MAX = 64 * 1024;
const sync = promisify(fsync);

async function createFile(path: string, content: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.${randomUUID()}.tmp`;
  let highest = folder;
  try {
    const { file, firstMade } = await openNew(temporary, folder);
    if (firstMade !== undefined) highest = dirname(firstMade);
    await writeSynced(file, content);
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolders(folder, highest);
}

/** Nearly always the folder is there, so it is only made once it is missed. */
async function openNew(path: string, folder: string): Promise<{ file: FileHandle; firstMade: string | undefined }> {
  try {
    return { file: await open(path, 'wx'), firstMade: undefined };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const firstMade = await mkdir(folder, { recursive: true });
    return { file: await open(path, 'wx'), firstMade };
  }
}

async function writeSynced(file: FileHandle, content: Uint8Array): Promise<void> {
  try {
    if (content.byteLength > WRITTEN_AT_ONCE_MAX) await file.writeFile(content);
    else for (let done = 0; done < content.byteLength; ) done += writeSync(file.fd, content, done);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name survives a power failure only once its folder is synced; new folders are names too. */
async function syncFolders(deepest: string, highest: string): Promise<void> {
  for (let folder = deepest; ; folder = dirname(folder)) {
    const descriptor = openSync(folder, 'r');
    try {
      await sync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (folder === highest || folder === dirname(folder)) return;
  }
}

const openForReading = promisify(openWithCallback);
const readInto = promisify(readWithCallback);

/**
 * A file that is complete, as all that have a name are. What may have to wait for the disk is waited for; how long the file is the system
 * knows by then, and asking it costs less than a trip to another thread.
 */
async function readWhole(path: string): Promise<Uint8Array> {
  const descriptor = await openForReading(path, 'r');
  try {
    const content = new Uint8Array(fstatSync(descriptor).size);
    let filled = 0;
    while (filled < content.length) {
      const { bytesRead } = await readInto(descriptor, content, filled, content.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return content.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

/** Less than asked for only when the file ends. */
async function readFully(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Nothing for a folder that is not there, or went while we looked. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await attempt('list', folder, () => readdir(localPath(folder) || '/', { withFileTypes: true }));
  } catch (error) {
    if (error instanceof FileNotFoundError) return [];
    throw error;
  }
}

async function* fileInfo(location: string): AsyncGenerator<FileInfo, void, undefined> {
  try {
    const { size, mtimeMs } = await attempt('measure', location, () => stat(localPath(location)));
    yield { location, sizeBytes: size, modifiedMs: Math.floor(mtimeMs) };
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}

async function attempt<T>(verb: string, location: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof IcebergError ? error : foreignError(verb, location, error);
  }
}

function foreignError(verb: string, location: string, cause: unknown): IcebergError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new FileNotFoundError(
        `Could not ${verb} ${location}: there is no such file. Nothing was changed. ` +
          'It was never written or has been deleted; check the path and what cleans up there.',
        { cause },
      );
    case 'EEXIST':
      return new FileExistsError(
        `Could not ${verb} ${location}: the name is taken. The file there was not touched. Choose another name.`,
        { cause },
      );
    default:
      return new FileIOError(
        `Could not ${verb} ${location}: ${cause instanceof Error ? cause.message : String(cause)}. ` +
          'No complete file was written under this name. Check rights, space and (for new files) that the file system has hard links.',
        { cause },
      );
  }
}
