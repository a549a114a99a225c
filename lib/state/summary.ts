import { isHomeless } from '../core/homeless.ts';
import type { DownloadRecord, MissingNode, ProblemReport, Requirement, Resolution, WorkflowFailure } from '../core/model.ts';
import { isRefusedInPlace } from '../core/refused.ts';
import { isPickleFilename } from '../core/model-file/names.ts';
import { plainText, plural } from '../core/text.ts';
import { formatBytes, formatTimestamp } from '../core/units.ts';
import { packWords } from './pack-words.ts';

/** Everything that a run found out and did. */
export interface RunResults {
  workflows: number;
  localModels: number;
  /** Files that could not be read as workflows. */
  failures: readonly WorkflowFailure[];
  /** Model names that were refused. */
  refused: readonly Pick<ProblemReport, 'error' | 'details' | 'hint'>[];
  missing: readonly Requirement[];
  missingNodes: readonly MissingNode[];
  resolutions: readonly Resolution[];
  downloads: readonly DownloadRecord[];
  /** A watch goes on with what is left by itself. */
  isWatched?: boolean;
}

/** summary_report.md: what was found, fetched and left, and what to do next, with links and sizes. */
export function renderSummary(results: RunResults, now: Date): string {
  const unaccepted = results.resolutions.filter((item) => !item.accepted);
  const unoffered = unaccepted.filter(isRefusedInPlace);
  const open = unaccepted.filter((item) => !isRefusedInPlace(item));
  const homeless = open.filter(isHomeless);
  const left = open.filter((item) => !isHomeless(item));
  const sections = [
    '# ComfyFixerSmart summary',
    renderCounts(results, now),
    renderFetched(results),
    renderFailed(results.downloads),
    renderReview(left.filter((item) => item.candidates.length > 0)),
    renderUnresolved(left.filter((item) => item.candidates.length === 0)),
    renderHomeless(homeless),
    renderUnoffered(unoffered),
    renderNodes(results.missingNodes),
    renderFailures(results.failures),
    renderRefused(results.refused),
    renderNext(results, { left, homeless, unoffered }),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function renderCounts(results: RunResults, now: Date): string {
  const done = results.downloads.filter((record) => isInPlace(record));
  return [
    `Written ${formatTimestamp(now)}.`,
    '',
    `- Workflows: ${results.workflows}`,
    `- Local models: ${results.localModels}`,
    `- Missing models: ${results.missing.length}, of which ${done.length} are in place now`,
    `- Missing custom node types: ${results.missingNodes.length}`,
  ].join('\n');
}

function isInPlace(record: DownloadRecord): boolean {
  return record.status === 'downloaded' || record.status === 'linked' || record.status === 'already_present';
}

function renderFetched({ downloads, resolutions }: RunResults): string {
  const pickles = new Set(resolutions.filter(({ pickle }) => pickle).map(({ savePath }) => savePath));
  const isPickle = ({ filename, savePath }: DownloadRecord): boolean => isPickleFilename(filename) || pickles.has(savePath);
  const records = downloads.filter(isInPlace);
  const rows = records.map((record) => {
    const link = record.downloadUrl === null ? '' : `[source](${record.downloadUrl})`;
    const name = `${cell(record.filename)}${isPickle(record) ? ' (pickle)' : ''}`;
    return `| ${name} | ${record.status} | ${formatBytes(record.bytes)} | ${record.verified ?? 'not verified'} | ${cell(record.savePath ?? '')} | ${link} |`;
  });
  const warning = ['', 'A pickle can run code when it is loaded: use it only if you trust where it comes from.'];
  return rows.length === 0
    ? ''
    : [
        '## In place',
        '',
        '| Model | How | Size | Verified by | Where | From |',
        '|---|---|---|---|---|---|',
        ...rows,
        ...(records.some(isPickle) ? warning : []),
      ].join('\n');
}

function renderFailed(downloads: readonly DownloadRecord[]): string {
  const lines = downloads
    .filter((record) => !isInPlace(record))
    .map(
      (record) =>
        `- **${cell(record.filename)}**: ${cell(record.error?.error ?? record.status)}. ${cell(record.error?.details ?? '')} ${cell(record.error?.hint ?? '')}`,
    );
  return lines.length === 0 ? '' : ['## Not downloaded', '', ...lines].join('\n');
}

function renderReview(waiting: readonly Resolution[]): string {
  const lines = waiting.flatMap((item) => renderWaiting(item));
  return lines.length === 0 ? '' : ['## Waiting for review', '', ...lines].join('\n');
}

function renderWaiting(item: Resolution): string[] {
  const candidates = item.candidates.map((candidate, position) => {
    const size = candidate.sizeBytes === null ? 'size not known' : formatBytes(candidate.sizeBytes);
    return `  ${position + 1}. ${cell(candidate.filename)} (${size}, score ${candidate.score.toFixed(2)}): ${cell(candidate.reason)} ${candidate.downloadUrl ?? candidate.foundAt ?? ''}`;
  });
  return [`- **${cell(item.filename)}** (${item.directory ?? 'folder not known'}): ${cell(item.reason)}`, ...candidates];
}

function renderUnresolved(open: readonly Resolution[]): string {
  const lines = open.map((item) => {
    const unchecked =
      item.unchecked.length === 0 ? '' : ` Not asked: ${item.unchecked.map((entry) => `${entry.source} (${entry.message})`).join(', ')}.`;
    return `- **${cell(item.filename)}** (${item.directory ?? 'folder not known'}), needed by ${item.workflows.map(cell).join(', ')}: ${cell(item.reason)}.${cell(unchecked)}`;
  });
  return lines.length === 0 ? '' : ['## Unresolved', '', ...lines].join('\n');
}

function renderHomeless(homeless: readonly Resolution[]): string {
  const lines = homeless.map((item) => {
    const place = item.downloadUrl ?? item.foundAt;
    const from = place === null ? '' : ` ${place}`;
    return `- **${cell(item.filename)}** (${item.directory ?? 'folder not known'}), needed by ${item.workflows.map(cell).join(', ')}: ${cell(item.reason)}${from}`;
  });
  return lines.length === 0 ? '' : ['## Cannot be saved', '', ...lines].join('\n');
}

function renderUnoffered(unoffered: readonly Resolution[]): string {
  const lines = unoffered.map((item) => `- **${cell(item.filename)}** (${item.directory ?? 'folder not known'}): ${cell(item.reason)}`);
  return lines.length === 0 ? '' : ['## There, and not taken by ComfyUI', '', ...lines].join('\n');
}

function renderNodes(nodes: readonly MissingNode[]): string {
  const style = { text: cell, command: (words: string) => `\`${cell(words)}\`` };
  const lines = nodes.map((node) => `- **${cell(node.nodeType)}** (${node.workflows.map(cell).join(', ')}): ${packWords(node, style)}`);
  return lines.length === 0 ? '' : ['## Missing custom nodes', '', ...lines].join('\n');
}

function renderFailures(failures: readonly WorkflowFailure[]): string {
  const lines = failures.map((failure) => `- ${cell(failure.path)}: ${cell(failure.reason)}`);
  return lines.length === 0 ? '' : ['## Files that were not read', '', ...lines].join('\n');
}

function renderRefused(refused: RunResults['refused']): string {
  const lines = refused.map((entry) => `- ${cell(entry.error)}: ${cell(entry.details)}. ${cell(entry.hint)}.`);
  return lines.length === 0 ? '' : ['## Refused', '', ...lines].join('\n');
}

/** Resolutions that are open, by what can be done about them. */
interface OpenResolutions {
  left: readonly Resolution[];
  homeless: readonly Resolution[];
  unoffered: readonly Resolution[];
}

function renderNext(results: RunResults, { left, homeless, unoffered }: OpenResolutions): string {
  const failed = results.downloads.filter((record) => !isInPlace(record)).length;
  const review = left.filter((item) => item.candidates.length > 0);
  const { isWatched } = results;
  const goOn = isWatched ? 'watch goes on by itself' : 'then run `resume`';
  const steps = [
    ...(failed > 0 ? [`- ${plural(failed, 'download')} failed: mend what stands above, ${goOn}.`] : []),
    ...review.slice(0, 1).map(({ filename }) => `- Choose for ${plural(review.length, 'model')}: ${wayToChoose(filename, isWatched)}.`),
    ...(left.length > review.length
      ? ['- For an unresolved model: put `"overrides": { "name": "https://..." }` into config.json, or add its link to the workflow.']
      : []),
    ...stepsForHomeless(homeless, isWatched),
    ...(unoffered.length > 0
      ? [`- Choose ${plural(unoffered.length, 'model')} again in the node that does not take it as it is written.`]
      : []),
    ...(results.refused.length > 0
      ? [`- Choose the refused models again in their nodes${isWatched ? ' and save the workflow' : ', then run `auto`'}.`]
      : []),
    ...(results.missingNodes.length > 0
      ? [`- Install the missing custom nodes, restart ComfyUI${isWatched ? '' : ', then run `scan`'}.`]
      : []),
  ];
  return ['## What to do next', '', ...(steps.length === 0 ? ['Nothing: every model that the workflows need is in place.'] : steps)].join(
    '\n',
  );
}

/** Another place for the file does not help here, so that nobody is sent to `--pick`. */
function stepsForHomeless(homeless: readonly Resolution[], isWatched: boolean | undefined): string[] {
  const unnamed = homeless.filter(({ directory }) => directory !== null).length;
  const lost = homeless.length - unnamed;
  const goOn = isWatched ? 'watch goes on by itself' : 'then run `auto`';
  return [
    ...(unnamed > 0
      ? [
          `- Give ${plural(unnamed, 'model')} that cannot be saved another name in the workflow, or save the file there yourself and choose it in its node; ${goOn}.`,
        ]
      : []),
    ...(lost > 0 ? [`- Put ${plural(lost, 'file')} whose folder nobody knows where the node looks for it; ${goOn}.`] : []),
  ];
}

/** A watch has the state folder to itself, so that nobody can pick beside it. */
function wayToChoose(filename: string, isWatched: boolean | undefined): string {
  return isWatched
    ? `put \`"overrides": { ${JSON.stringify(cell(filename))}: "https://..." }\` with the link of one into config.json`
    : `\`resolve --pick "${cell(filename)}=1"\` (a candidate's number or a URL), then \`download\``;
}

/** Foreign words inside a table or a list: no line breaks, no markup of their own. */
function cell(text: string): string {
  return plainText(text).replaceAll(/([|`*<>[\]])/g, '\\$1');
}
