import { ToolkitError } from '../core/error.ts';
import type { WorkflowFailure } from '../core/model.ts';
import { plural } from '../core/text.ts';
import type { findWorkflowFiles } from '../workflow/find-files.ts';
import type { ReadingThreads } from '../workflow/reading-threads.ts';
import { isMissing, judgeAll, refusal } from './assess.ts';
import type { FileStamps } from './file-stamps.ts';
import { noteIdleSlots } from './idle-slots.ts';
import { readJoined } from './joined-reading.ts';
import type { ScanInput, ScanPorts, ScanResult } from './scan.ts';
import { openScanLibrary } from './scan-library.ts';

/** Files that were found, with what could not be looked at. */
type FoundFiles = ReturnType<typeof findWorkflowFiles>;

/** What `runScan` does once it has found the files. `threads` are those that it has started for them. */
export async function scanFiles(
  { files, failures: notFound }: FoundFiles,
  input: ScanInput,
  ports: ScanPorts & { stamps: FileStamps; threads: ReadingThreads },
): Promise<ScanResult> {
  const { threads, stamps } = ports;
  const library = await (ports.openLibrary ?? openScanLibrary)(input.install, ports);
  if (ports.memory?.isNew) threads.order(files, library.declarations); // all are to be read: the threads begin before this one is ready
  for (const failure of notFound) ports.emit({ type: 'workflow_failed', failure });
  const joined = await readJoined(files, library.declarations, { ...ports, includeDisabled: input.includeDisabled, threads, stamps });
  const { notes, requirements, refused } = joined;
  const failures = [...notFound, ...notes.flatMap((note) => ('failure' in note ? note.failure : []))];
  const workflows = notFound.length + notes.length - failures.length;
  await ports.onLessons?.(joined.lessons.all());
  if (workflows === 0) throw noWorkflows(input.paths, failures);
  ports.emit({ type: 'local_models_found', count: library.modelCount });
  for (const name of refused) ports.emit(refusal(name));
  for (const note of await noteIdleSlots(joined.idle, library, ports.signal)) ports.emit(note);
  const required = await judgeAll(requirements, library, ports.signal);
  const missingNodes = await library.missingNodes(joined.uses);
  const result = {
    workflows,
    failures,
    localModels: library.modelCount,
    required,
    missing: required.filter(isMissing),
    missingNodes,
  };
  for (const requirement of result.missing) ports.emit({ type: 'model_missing', requirement });
  ports.emit({ type: 'scan_finished', ...result });
  ports.emit({ type: 'phase_finished', phase: 'scanning' });
  return result;
}

function noWorkflows(paths: readonly string[], failures: readonly WorkflowFailure[]): ToolkitError {
  const places = paths.length === 0 ? 'nowhere: no folder is configured' : paths.join(', ');
  const unread = failures.filter((failure) => failure.code !== 'not_a_workflow').length;
  const rest = unread === 0 ? '' : `; ${plural(unread, 'file')} there could not be read`;
  return new ToolkitError(
    'no_workflows',
    `No workflows found in ${places}${rest}`,
    `Save a workflow in ComfyUI, name a workflow file or folder, or set workflow_directories in config.json (looked in: ${places})`,
  );
}
