#!/usr/bin/env bun
import type { CommandEntry } from '../lib/cli/main.ts';
import { main } from '../lib/cli/main.ts';

/** The commands, each loaded when it runs. */
const COMMANDS: readonly CommandEntry[] = [
  {
    meta: { name: 'scan', description: 'Read workflows, models and nodes; say what is missing' },
    load: async () => (await import('./scan.ts')).default,
  },
  {
    meta: { name: 'resolve', description: 'Find where each missing model can be had, with proof' },
    load: async () => (await import('./resolve.ts')).default,
  },
  {
    meta: { name: 'download', description: 'Fetch the accepted resolutions into the models folders, verified' },
    load: async () => (await import('./download.ts')).default,
  },
  {
    meta: { name: 'auto', description: 'Scan, resolve and download in one run' },
    load: async () => (await import('./auto.ts')).default,
  },
  {
    meta: { name: 'resume', description: 'Go on from the last phase that did not finish; safe to repeat' },
    load: async () => (await import('./resume.ts')).default,
  },
  {
    meta: { name: 'status', description: 'Show what a run is doing, or how the last one ended' },
    load: async () => (await import('./status.ts')).default,
  },
  {
    meta: { name: 'watch', description: 'Stay beside ComfyUI: fetch what is newly missing whenever a workflow changes' },
    load: async () => (await import('./watch.ts')).default,
  },
  {
    meta: { name: 'verify', description: 'Check the model files on disk: whole, in a fitting folder, once' },
    load: async () => (await import('./verify.ts')).default,
  },
  {
    meta: { name: 'doctor', description: 'Check configuration, folders, disk space, keys and services' },
    load: async () => (await import('./doctor.ts')).default,
  },
  {
    meta: { name: 'init', description: 'Find ComfyUI and write it to config.json' },
    load: async () => (await import('./init.ts')).default,
  },
  {
    meta: { name: 'demo', description: 'Do the whole job in a throw-away sandbox: no account, no network' },
    load: async () => (await import('./demo.ts')).default,
  },
];

process.exitCode = await main(process.argv.slice(2), COMMANDS);
