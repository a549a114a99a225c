import type { ServiceName } from '../core/services.ts';
import { SERVICE_TITLES } from '../core/services.ts';
import type { FailureSubject, FailureWords } from './failure-words.ts';
import type { Trouble } from './trouble.ts';

export type AccessTrouble = Extract<
  Trouble,
  { kind: 'login_required' | 'key_rejected' | 'gated' | 'early_access' | 'downloads_disabled' | 'no_access' | 'region_blocked' }
>;

/** The words for a service that does not give the file to this user: each with the page or the variable that mends it. */
export function accessWords(trouble: AccessTrouble, subject: FailureSubject): FailureWords {
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

function titleOf(service: ServiceName | null, host: string): string {
  return service ? SERVICE_TITLES[service] : host;
}

function keyAdvice(service: ServiceName | null, page: string | null): string {
  if (service === 'civitai') return 'Set CIVITAI_API_KEY (make a key at https://civitai.com/user/account), then run resume';
  if (service === 'huggingface') return 'Set HF_TOKEN (make a token at https://huggingface.co/settings/tokens), then run resume';
  if (service === 'modelscope') return 'Set MODELSCOPE_API_TOKEN (make a token at https://modelscope.cn/my/myaccesstoken), then run resume';
  return page ? `Fetch it by hand from ${page}` : 'Fetch it by hand with a browser, or give another link with --pick';
}

function pageOf(subject: FailureSubject): string | null {
  if (subject.repoId) return `https://huggingface.co/${subject.repoId}`;
  if (subject.modelId === null) return null;
  return `https://civitai.com/models/${subject.modelId}${subject.versionId === null ? '' : `?modelVersionId=${subject.versionId}`}`;
}
