import { z } from 'zod';

/*
 * What a program outside may rely on, written down a second time and by itself: the schemas that the code reads its own files with may
 * not be what these files are measured by. Every field is required here; further ones are allowed.
 */

const timestamp = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const nodeId = z.union([z.number(), z.string()]);
const proof = z.enum(['hash', 'link', 'catalog', 'name', 'fuzzy']);
const source = z.enum(['civitai', 'huggingface', 'direct', 'local', 'not_found']);

export const STATUS = z.object({
  timestamp,
  phase: z.enum(['idle', 'scanning', 'resolving', 'downloading', 'complete', 'error']),
  command: z.string().min(1),
  run_id: z.string().min(1),
  pid: z.number().int().positive(),
  progress: z.object({ current: count, total: count, percent: z.number().min(0).max(100) }),
  data: z.object({
    workflows_scanned: count,
    local_models: count,
    missing_models: count,
    missing_nodes: count,
    civitai_matches: count,
    huggingface_matches: count,
    direct_matches: count,
    local_matches: count,
    not_found: count,
    needs_review: count,
    downloads_successful: count,
    downloads_failed: count,
    current_download: z.string().nullable(),
    bytes_done: count,
    bytes_total: count.nullable(),
    bytes_per_second: count,
    eta_seconds: count.nullable(),
    downloads: z.array(z.object({ filename: z.string().min(1), bytes_done: count, bytes_total: count.nullable() })),
  }),
  errors: z.array(
    z.object({
      timestamp,
      code: z.string().min(1),
      error: z.string().min(1),
      details: z.string(),
      hint: z.string().min(1),
      filename: z.string().nullable(),
    }),
  ),
  failed_workflows: z.array(z.object({ path: z.string().min(1), code: z.string().min(1), reason: z.string().min(1) })),
});
export type StatusJson = z.infer<typeof STATUS>;

export const REQUIREMENT = z.object({
  filename: z.string().min(1),
  subfolder: z.string(),
  directory: z.string().nullable(),
  expected_type: z.string().min(1),
  state: z.enum(['present', 'missing', 'self_download', 'misplaced', 'damaged']),
  found_at: z.string().nullable(),
  sha256: sha256.nullable(),
  urls: z.array(z.object({ url: z.string(), from: z.enum(['properties', 'note', 'workflow']) })),
  workflow: z.string().min(1),
  node_type: z.string().min(1),
  node_id: nodeId,
  references: z
    .array(
      z.object({
        workflow: z.string().min(1),
        workflow_path: z.string().startsWith('/'),
        node_type: z.string().min(1),
        node_id: nodeId,
        subgraph: z.string().nullable(),
        input: z.string().nullable(),
        written: z.string(),
        from: z.enum(['widget', 'prompt', 'implicit']),
        active: z.boolean(),
      }),
    )
    .min(1),
});

const pack = z.object({
  id: z.string().nullable(),
  title: z.string().nullable(),
  repository: z.string().nullable(),
  install: z.string().nullable(),
});
export const MISSING_NODE = z.object({
  node_type: z.string().min(1),
  workflows: z.array(z.string()).min(1),
  pack: pack.nullable(),
  packs: z.array(pack),
});

export const RESOLUTION = z.object({
  filename: z.string().min(1),
  directory: z.string().nullable(),
  expected_type: z.string().min(1),
  subfolder: z.string(),
  source,
  proof: proof.nullable(),
  accepted: z.boolean(),
  reason: z.string().min(1),
  download_url: z.string().nullable(),
  size_bytes: count.nullable(),
  sha256: sha256.nullable(),
  model_id: z.number().int().nullable(),
  version_id: z.number().int().nullable(),
  repo_id: z.string().nullable(),
  revision: z.string().nullable(),
  repo_path: z.string().nullable(),
  save_path: z.string().nullable(),
  requires_auth: z.boolean().nullable(),
  gated: z.boolean(),
  pickle: z.boolean(),
  license: z.string().nullable(),
  candidates: z.array(z.looseObject({ score: z.number().min(0).max(1), reason: z.string().min(1) })),
  unchecked: z.array(z.looseObject({ source: z.string().min(1) })),
  workflows: z.array(z.string()).min(1),
});

export const DOWNLOAD = z.object({
  filename: z.string().min(1),
  save_path: z.string().nullable(),
  status: z.enum(['downloaded', 'linked', 'already_present', 'failed', 'skipped']),
  bytes: count,
  sha256: sha256.nullable(),
  verified: z.enum(['sha256', 'size', 'structure']).nullable(),
  source,
  download_url: z.string().nullable(),
  seconds: z.number().nonnegative(),
  error: z.looseObject({ code: z.string().min(1), error: z.string().startsWith('Download failed: '), hint: z.string().min(1) }).nullable(),
});

/** Names of the files in log/. */
export const LOG_NAME = /^(scan|resolve|download)_\d{8}_\d{6}\.log$/;
/** A line of a log. */
export const LOG_LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[(DEBUG|INFO|WARN|ERROR)\] [\w.-]+: .+$/;
const ACTION_LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[\w+\] ComfyFixerSmart: ACTION: (\{.*\})$/;
/** What stands in a structured line. */
const ACTION = z.object({
  timestamp,
  action: z.enum([
    'workflow_parsed',
    'workflow_failed',
    'model_missing',
    'model_found',
    'model_not_found',
    'download_started',
    'download_resumed',
    'download_completed',
    'download_failed',
    'model_linked',
  ]),
  details: z.record(z.string(), z.unknown()),
});

/** The structured lines of a log; throws when one is not as it should be. */
export function readActions(log: string): z.infer<typeof ACTION>[] {
  return log
    .split('\n')
    .filter((line) => line.includes('ACTION:'))
    .map((line) => ACTION.parse(JSON.parse(ACTION_LINE.exec(line)?.[1] ?? 'null')));
}
