/** What a configuration or a program imports as `psyberg`: everything the command line does, as functions. */
export * from '@psyberg/core';
export type { Io } from './io.ts';
export { main } from './main.ts';
