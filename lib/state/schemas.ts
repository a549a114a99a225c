import { z } from 'zod';
import type { DownloadRecord, MissingNode, Requirement, Resolution } from '../core/model.ts';
import {
  DOWNLOAD_STATUSES,
  MODEL_STATES,
  PROOFS,
  REFERENCE_ORIGINS,
  RESOLUTION_SOURCES,
  URL_ORIGINS,
  VERIFICATIONS,
} from '../core/model.ts';
import type { Wire } from './wire.ts';

/*
 * The files of the state folder as schemas. They are read back by later commands (`resolve` reads what `scan` wrote), possibly after an
 * editor or another program had them in hand, so nothing in them is taken on trust. Unknown fields are dropped: files of a newer version
 * stay readable. `satisfies z.ZodType<Wire<...>>` keeps each schema equal to the type that the code works with.
 */

const nodeId = z.union([z.number(), z.string()]);
const text = z.string();
const size = z.number().int().nonnegative();
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .nullable();

/** Base names and subfolders become paths: what could leave a folder is refused here too, whoever wrote the file. */
const plainName = text.refine((name) => name !== '' && !/[\\/\0]/.test(name) && name !== '.' && name !== '..', 'no plain file name');
const plainSubfolder = text.refine(
  (path) => path === '' || (!/[\\\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')),
  'no plain subfolder',
);

const reference = z.object({
  workflow: text,
  workflow_path: text,
  node_type: text,
  node_id: nodeId,
  subgraph: text.nullable(),
  input: text.nullable(),
  written: text,
  from: z.enum(REFERENCE_ORIGINS),
  active: z.boolean(),
  refused: z.literal(true).exactOptional(),
});

const urlNaming = z.object({ workflow_path: text, node: text.nullable() });

export const requirementSchema = z.object({
  filename: plainName,
  subfolder: plainSubfolder,
  directory: text.nullable(),
  directory_reason: text.exactOptional(),
  expected_type: text,
  state: z.enum(MODEL_STATES),
  found_at: text.nullable(),
  damage: text.nullable().default(null),
  refusal: text.exactOptional(),
  sha256,
  rival_sha256s: z.array(z.string().regex(/^[0-9a-f]{64}$/)).exactOptional(),
  urls: z.array(z.object({ url: text, from: z.enum(URL_ORIGINS), named_by: z.array(urlNaming).default([]) })),
  workflow: text,
  node_type: text,
  node_id: nodeId,
  references: z.array(reference),
}) satisfies z.ZodType<Wire<Requirement>>;

const nodePack = z.object({
  id: text.nullable(),
  title: text.nullable(),
  repository: text.nullable(),
  install: text.nullable(),
  version: text.exactOptional(),
  latest_version: text.exactOptional(),
  state: z.enum(['disabled', 'unloaded']).exactOptional(),
});

export const missingNodeSchema = z.object({
  node_type: text,
  workflows: z.array(text),
  pack: nodePack.nullable(),
  packs: z.array(nodePack),
}) satisfies z.ZodType<Wire<MissingNode>>;

const place = {
  size_bytes: size.nullable(),
  sha256,
  model_id: z.number().int().nullable(),
  version_id: z.number().int().nullable(),
  repo_id: text.nullable(),
  revision: text.nullable(),
  repo_path: text.nullable(),
  found_at: text.nullable().default(null),
  requires_auth: z.boolean().nullable(),
  gated: z.boolean(),
  pickle: z.boolean(),
  danger: text.nullable().default(null),
  license: text.nullable(),
};

const candidate = z.object({
  source: z.enum(RESOLUTION_SOURCES).exclude(['not_found']),
  filename: text,
  score: z.number().min(0).max(1),
  reason: text,
  download_url: text.nullable(),
  ...place,
  title: text.nullable(),
  base_model: text.nullable(),
  downloads: z.number().nullable(),
});

export const resolutionSchema = z.object({
  filename: plainName,
  directory: text.nullable(),
  expected_type: text,
  subfolder: plainSubfolder,
  source: z.enum(RESOLUTION_SOURCES),
  proof: z.enum(PROOFS).nullable(),
  accepted: z.boolean(),
  reason: text,
  download_url: text.nullable(),
  ...place,
  save_path: text.nullable(),
  chosen_by_user: z.boolean().default(false),
  candidates: z.array(candidate),
  unchecked: z.array(z.object({ source: text, code: text, message: text })),
  workflows: z.array(text),
}) satisfies z.ZodType<Wire<Resolution>>;

export const problemSchema = z.object({ code: text, error: text, details: text, hint: text });

export const downloadRecordSchema = z.object({
  filename: text,
  save_path: text.nullable(),
  status: z.enum(DOWNLOAD_STATUSES),
  bytes: size,
  sha256,
  verified: z.enum(VERIFICATIONS).nullable(),
  source: z.enum(RESOLUTION_SOURCES),
  download_url: text.nullable(),
  seconds: z.number().nonnegative(),
  error: problemSchema.nullable(),
}) satisfies z.ZodType<Wire<DownloadRecord>>;

/** The phases of status.json. `idle` and `error` are of a process that is not working. */
export const STATUS_PHASES = ['idle', 'scanning', 'resolving', 'downloading', 'complete', 'error'] as const;
export const PIPELINE_PHASES = ['scanning', 'resolving', 'downloading'] as const;

const count = z.number().int().nonnegative();

/** A model that waits in a watch's queue. */
const queued = z.object({
  filename: text,
  directory: text.nullable(),
  stage: z.enum(['waiting', 'resolving', 'downloading', 'arriving', 'review', 'retry']),
  attempts: count,
  /** When it is tried again, for `review` and `retry`. */
  due_at: text.nullable(),
});

export const statusSchema = z.object({
  timestamp: text,
  phase: z.enum(STATUS_PHASES),
  command: text,
  run_id: text,
  pid: z.number().int(),
  /** Phases that this run has brought to an end; `resume` goes on after the last of them. */
  completed_phases: z.array(z.enum(PIPELINE_PHASES)).default([]),
  /** What the run worked on, so that `resume` goes on with the same. Absolute paths. */
  workflow_paths: z.array(text).default([]),
  comfyui_root: text.nullable().default(null),
  include_disabled: z.boolean().default(false),
  /** Files that could not be read as workflows. */
  failed_workflows: z.array(z.object({ path: text, code: text, reason: text })).default([]),
  /** What a watch has still to do, the most urgent first. */
  queue: z.array(queued).default([]),
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
    /** Not found, while some source could not be asked. */
    unchecked: count.default(0),
    downloads_successful: count,
    downloads_failed: count,
    current_download: text.nullable(),
    bytes_done: count,
    bytes_total: count.nullable(),
    bytes_per_second: count,
    eta_seconds: count.nullable(),
    downloads: z.array(z.object({ filename: text, bytes_done: count, bytes_total: count.nullable() })),
  }),
  errors: z.array(z.object({ timestamp: text, code: text, error: text, details: text, hint: text, filename: text.nullable() })),
});
export type Status = z.infer<typeof statusSchema>;
