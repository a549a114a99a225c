import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { systemErrorCode, ToolkitError } from '../core/error.ts';
import type { DownloadRecord, MissingNode, Requirement, Resolution } from '../core/model.ts';
import type { Scrub } from '../core/secrets.ts';
import { writeWhole } from './files.ts';
import { downloadRecordSchema, missingNodeSchema, requirementSchema, resolutionSchema } from './schemas.ts';
import { fromWire, toWire } from './wire.ts';

/** Writes one of the output files: our values with snake_case names and without the user's keys, whole or not at all. */
export function writeOutput(path: string, items: readonly unknown[], scrub: Scrub): void {
  writeOutputs([{ path, items }], scrub);
}

/** As `writeOutput` for several files: what stands in more than one of them is put into words once. */
export function writeOutputs(files: readonly { path: string; items: readonly unknown[] }[], scrub: Scrub): void {
  const texts = new Map<unknown, string>();
  const textOf = (item: unknown): string => {
    const known = texts.get(item);
    if (known !== undefined) return known;
    const text = scrub(JSON.stringify([toWire(item)], null, 2).slice('['.length, -'\n]'.length));
    texts.set(item, text);
    return text;
  };
  for (const { path, items } of files) writeWhole(path, piecesOf(items.map(textOf)));
}

function piecesOf(texts: readonly string[]): string[] {
  return texts.length === 0 ? ['[]\n'] : [...texts.flatMap((text, place) => [place === 0 ? '[' : ',', text]), '\n]\n'];
}

/** `null` when the file does not exist. Throws `ToolkitError` `output_damaged` when it is not what `scan` writes. */
export function readRequirements(path: string): Requirement[] | null {
  const items = readItems(path, { schema: z.array(requirementSchema), remake: 'scan' });
  return items && fromWire<Requirement[]>(items);
}

/** As `readRequirements`, for missing_nodes.json. */
export function readMissingNodes(path: string): MissingNode[] | null {
  const items = readItems(path, { schema: z.array(missingNodeSchema), remake: 'scan' });
  return items && fromWire<MissingNode[]>(items);
}

/** As `readRequirements`, for resolutions.json. */
export function readResolutions(path: string): Resolution[] | null {
  const items = readItems(path, { schema: z.array(resolutionSchema), remake: 'resolve' });
  return items && fromWire<Resolution[]>(items);
}

/** As `readRequirements`, for downloads.json. */
export function readDownloads(path: string): DownloadRecord[] | null {
  const items = readItems(path, { schema: z.array(downloadRecordSchema), remake: 'download' });
  return items && fromWire<DownloadRecord[]>(items);
}

function readItems<T>(path: string, options: { schema: z.ZodType<T>; remake: string }): T | null {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw damaged(path, options.remake, 'it is no JSON');
  }
  const parsed = options.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(path, options.remake, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'another shape'}`);
}

function damaged(path: string, remake: string, reason: string): ToolkitError {
  return new ToolkitError('output_damaged', `Cannot use ${path}: ${reason}`, `Run ${remake} again: it writes the file anew`);
}
