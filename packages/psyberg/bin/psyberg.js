#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

// Where Node can, compiled code is kept between calls.
module.enableCompileCache?.();
// A pack has the program in a few files, which load faster; a working copy only what the compiler made.
const packed = new URL('../program/main.js', import.meta.url);
const { main } = await import(existsSync(packed) ? packed.href : '../dist/main.js');

process.exitCode = await main(process.argv.slice(2));
