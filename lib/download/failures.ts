import type { ProblemReport, Resolution } from '../core/model.ts';
import type { ServiceName } from '../core/services.ts';
import { SERVICE_TITLES } from '../core/services.ts';
import { formatBytes } from '../core/units.ts';
import type { Trouble } from './trouble.ts';

/** What of a resolution helps to say which page to open. */
export type FailureSubject = Pick<Resolution, 'filename' | 'repoId' | 'modelId' | 'versionId'>;

interface Words {
  code: string;
  reason: string;
  details: string;
  hint: string;
}

/** The report of a failed download: `Download failed: <reason>`, what happened, and what to do about it. */
export function failureReport(trouble: Trouble, subject: FailureSubject): ProblemReport {
  const { code, reason, details, hint } = failureWords(trouble, subject);
  return { code, error: `Download failed: ${reason}`, details, hint };
}

function failureWords(trouble: Trouble, subject: FailureSubject): Words {
  switch (trouble.kind) {
    case 'login_required':
    case 'key_rejected':
    case 'gated':
    case 'early_access':
    case 'downloads_disabled':
    case 'no_access':
    case 'region_blocked':
      return accessWords(trouble, subject);
    case 'refused':
    case 'network':
    case 'stalled':
    case 'status':
    case 'not_found':
    case 'protocol':
      return wireWords(trouble);
    case 'not_a_model':
    case 'checksum':
    case 'size':
    case 'unprovable':
      return contentWords(trouble);
    case 'disk_full':
    case 'disk':
    case 'in_use':
    case 'target_taken':
    case 'target_refused':
    case 'target_unknown':
    case 'pickle_refused':
    case 'no_source':
    case 'local_changed':
      return targetWords(trouble, subject);
  }
}

type AccessTrouble = Extract<
  Trouble,
  { kind: 'login_required' | 'key_rejected' | 'gated' | 'early_access' | 'downloads_disabled' | 'no_access' | 'region_blocked' }
>;

function accessWords(trouble: AccessTrouble, subject: FailureSubject): Words {
  const page = pageOf(subject);
  switch (trouble.kind) {
    case 'login_required':
      return {
        code: 'download_login_required',
        reason: 'login required',
        details: `${titleOf(trouble.service, trouble.host)} gives this file only to somebody who is logged in`,
        hint: trouble.hadKey
          ? `Log in at ${page ?? trouble.host}, check that your account may download this file, then run resume`
          : keyAdvice(trouble.service, page),
      };
    case 'key_rejected':
      return {
        code: 'download_key_rejected',
        reason: 'key rejected',
        details: `${titleOf(trouble.service, trouble.host)} does not know the key that was sent`,
        hint: keyAdvice(trouble.service, page),
      };
    case 'gated':
      return {
        code: 'download_gated',
        reason: 'gated',
        details: trouble.hadKey ? 'Your account has not been granted access to this repository' : 'This repository asks for an account',
        hint: `Open ${page ?? 'the page of the repository'}, accept its conditions${trouble.hadKey ? '' : ', set HF_TOKEN'}, then run resume`,
      };
    case 'early_access':
      return {
        code: 'download_early_access',
        reason: 'early access',
        details: trouble.deadline ? `Only for those who paid until ${trouble.deadline}` : 'Only for those who paid',
        hint: `Open ${page ?? 'the page of the model'}, or run resume when it is free`,
      };
    case 'downloads_disabled':
      return {
        code: 'download_disabled',
        reason: 'downloads disabled',
        details: 'The creator has disabled downloads of this file; no key helps',
        hint: `Open ${page ?? 'the page of the model'} and pick another version with --pick`,
      };
    case 'no_access':
      return {
        code: 'download_forbidden',
        reason: 'access denied',
        details: trouble.detail ?? `${trouble.host} does not give this file out`,
        hint: `Check at ${page ?? trouble.host} that your account may see this, then run resume`,
      };
    case 'region_blocked':
      return {
        code: 'download_region_blocked',
        reason: 'region blocked',
        details: `${titleOf(trouble.service, trouble.host)} does not serve your region`,
        hint: trouble.service
          ? `Set endpoints.${trouble.service} in config.json to a mirror that you can reach`
          : 'Use another source with --pick',
      };
  }
}

type WireTrouble = Extract<Trouble, { kind: 'refused' | 'network' | 'stalled' | 'status' | 'not_found' | 'protocol' }>;

function wireWords(trouble: WireTrouble): Words {
  switch (trouble.kind) {
    case 'refused':
      return {
        code: trouble.code,
        reason: 'link refused',
        details: trouble.detail,
        hint:
          trouble.code === 'host_not_allowed'
            ? 'Add the host to download.allowed_hosts in config.json if you trust it'
            : 'Use another source with --pick, or set an override in config.json',
      };
    case 'network':
      return {
        code: 'download_unreachable',
        reason: 'connection lost',
        details: trouble.detail,
        hint: 'Check the network and the proxy, then run resume: what has arrived is kept',
      };
    case 'stalled':
      return {
        code: 'download_timeout',
        reason: 'timeout',
        details: `No byte for ${trouble.seconds} s`,
        hint: 'Run resume: what has arrived is kept; download.timeout_seconds in config.json says how long to wait',
      };
    case 'not_found':
      return {
        code: 'download_not_found',
        reason: 'not found',
        details: trouble.detail ?? `${trouble.host} has no such file`,
        hint: 'Run resolve again: the file may have moved; else give another link with --pick',
      };
    case 'protocol':
      return {
        code: 'download_bad_answer',
        reason: 'unexpected answer',
        details: trouble.detail,
        hint: 'Run resume later, or use another source with --pick',
      };
    case 'status':
      return statusWords(trouble);
  }
}

function statusWords(trouble: Extract<Trouble, { kind: 'status' }>): Words {
  const details = trouble.detail ?? `${trouble.host} answered with status ${trouble.status}`;
  if (trouble.status === 429) {
    return {
      code: 'download_rate_limited',
      reason: 'rate limited',
      details,
      hint: 'Run resume in a few minutes; a key of your own raises the limit',
    };
  }
  if (trouble.status >= 500) {
    return { code: 'download_server_error', reason: `server error ${trouble.status}`, details, hint: 'Run resume later' };
  }
  return { code: 'download_refused', reason: `status ${trouble.status}`, details, hint: 'Check the link, or give another one with --pick' };
}

type ContentTrouble = Extract<Trouble, { kind: 'not_a_model' | 'checksum' | 'size' | 'unprovable' }>;

function contentWords(trouble: ContentTrouble): Words {
  switch (trouble.kind) {
    case 'not_a_model':
      return {
        code: 'download_not_a_model',
        reason: 'not a model file',
        details: `What came: ${trouble.what}`,
        hint: 'Open the link in a browser to see what it needs; else give another one with --pick',
      };
    case 'checksum':
      return {
        code: 'download_checksum_mismatch',
        reason: 'checksum mismatch',
        details: `Expected sha256 ${trouble.expected}, got ${trouble.actual}`,
        hint: 'Run resolve again: the file may have been replaced at its source; nothing was put into the models folder',
      };
    case 'size':
      return {
        code: 'download_size_mismatch',
        reason: 'size mismatch',
        details: `Expected ${trouble.expected} bytes, got ${trouble.actual}`,
        hint: 'Run resolve again: the file may have been replaced at its source; nothing was put into the models folder',
      };
    case 'unprovable':
      return {
        code: 'download_unprovable',
        reason: 'completeness unknown',
        details: 'The server gave no length, no checksum is known, and this format does not show its own end',
        hint: 'Give the sha256 in overrides of config.json, or use another source with --pick',
      };
  }
}

type TargetTrouble = Exclude<Trouble, AccessTrouble | WireTrouble | ContentTrouble>;

function targetWords(trouble: TargetTrouble, subject: FailureSubject): Words {
  switch (trouble.kind) {
    case 'disk_full':
      return {
        code: 'download_disk_full',
        reason: 'disk full',
        details: describeSpace(trouble),
        hint: 'Free some space on that disk, then run resume: what has arrived is kept',
      };
    case 'disk':
      return {
        code: 'download_disk_error',
        reason: 'cannot write',
        details: `${trouble.code}: ${trouble.detail}`,
        hint: 'Check that the models folder exists and may be written (doctor says), then run resume',
      };
    case 'in_use':
      return {
        code: 'download_in_use',
        reason: 'another process is downloading it',
        details: `Process ${trouble.pid} writes the same file`,
        hint: 'Wait until it has finished, or end it, then run resume',
      };
    case 'target_taken':
      return {
        code: 'download_target_taken',
        reason: 'another file has this name',
        details: trouble.detail,
        hint: `Rename or move that file, then run resume: an existing file is never overwritten`,
      };
    case 'target_refused':
      return {
        code: 'download_target_refused',
        reason: 'unsafe target',
        details: trouble.detail,
        hint: 'Correct the name in the workflow, or fetch the file by hand if you trust it',
      };
    case 'target_unknown':
      return {
        code: 'download_target_unknown',
        reason: 'no folder known',
        details: `Nothing tells which models folder ${subject.filename} belongs in`,
        hint: 'Start ComfyUI or install the missing custom node, then run auto again',
      };
    case 'pickle_refused':
      return {
        code: 'download_pickle_refused',
        reason: 'pickle format',
        details: 'This format can run code when it is loaded, and download.allow_pickle is false',
        hint: 'Set download.allow_pickle to true in config.json if you trust the source',
      };
    case 'no_source':
      return {
        code: 'download_no_source',
        reason: 'no source',
        details: 'The resolution names no link and no file',
        hint: 'Run resolve again, or give a link with --pick',
      };
    case 'local_changed':
      return {
        code: 'download_local_changed',
        reason: 'the local file has changed',
        details: trouble.detail,
        hint: 'Run scan and resolve again',
      };
  }
}

function describeSpace(trouble: { needed: number | null; free: number | null }): string {
  if (trouble.needed === null || trouble.free === null) return 'No space left on the device';
  return `${formatBytes(trouble.needed)} needed, ${formatBytes(trouble.free)} free`;
}

function titleOf(service: ServiceName | null, host: string): string {
  return service ? SERVICE_TITLES[service] : host;
}

function keyAdvice(service: ServiceName | null, page: string | null): string {
  if (service === 'civitai') return 'Set CIVITAI_API_KEY (make a key at https://civitai.com/user/account), then run resume';
  if (service === 'huggingface') return 'Set HF_TOKEN (make a token at https://huggingface.co/settings/tokens), then run resume';
  return page ? `Fetch it by hand from ${page}` : 'Fetch it by hand with a browser, or give another link with --pick';
}

function pageOf(subject: FailureSubject): string | null {
  if (subject.repoId) return `https://huggingface.co/${subject.repoId}`;
  if (subject.modelId === null) return null;
  return `https://civitai.com/models/${subject.modelId}${subject.versionId === null ? '' : `?modelVersionId=${subject.versionId}`}`;
}
