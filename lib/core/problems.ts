import type { ProblemReport } from './model.ts';
import type { ServiceName } from './services.ts';
import { SERVICE_TITLES } from './services.ts';

/** Why an API gave no usable answer. */
export type ApiTrouble =
  | { kind: 'status'; status: number; detail: string | null }
  | { kind: 'network'; detail: string }
  | { kind: 'timeout'; seconds: number }
  | { kind: 'garbage'; detail: string }
  | { kind: 'refused'; code: string; detail: string };

/** The variable that holds a service's key, for hints. */
const KEY_ADVICE: Partial<Record<ServiceName, string>> = {
  civitai: 'Set CIVITAI_API_KEY (make a key at https://civitai.com/user/account) in the environment or in ~/.secrets',
  huggingface: 'Set HF_TOKEN (make a token at https://huggingface.co/settings/tokens) in the environment or in ~/.secrets',
  modelscope: 'Set MODELSCOPE_API_TOKEN (make a token at https://modelscope.cn/my/myaccesstoken) in the environment or in ~/.secrets',
};

/** The report of an API failure, with the message that agents match on: `Civitai API error: 401`. */
export function apiProblem(service: ServiceName, trouble: ApiTrouble): ProblemReport {
  const prefix = `${SERVICE_TITLES[service]} API error`;
  switch (trouble.kind) {
    case 'status':
      return statusProblem(service, trouble);
    case 'network':
      return {
        code: `${service}_unreachable`,
        error: `${prefix}: no connection`,
        details: trouble.detail,
        hint: `Check the network, the proxy and endpoints.${service} in config.json, then run resume`,
      };
    case 'timeout':
      return {
        code: `${service}_timeout`,
        error: `${prefix}: timeout`,
        details: `No answer within ${trouble.seconds} s`,
        hint: 'Run resume later; the other sources were asked all the same',
      };
    case 'garbage':
      return {
        code: `${service}_bad_answer`,
        error: `${prefix}: unexpected answer`,
        details: trouble.detail,
        hint: `Check that endpoints.${service} in config.json is really the service or a mirror of it`,
      };
    case 'refused':
      return {
        code: trouble.code,
        error: `${prefix}: refused`,
        details: trouble.detail,
        hint: `Check endpoints.${service} in config.json`,
      };
  }
}

function statusProblem(service: ServiceName, trouble: { status: number; detail: string | null }): ProblemReport {
  const { status } = trouble;
  const { suffix, hint } = adviseOnStatus(service, status);
  return {
    code: `${service}_${suffix}`,
    error: `${SERVICE_TITLES[service]} API error: ${status}`,
    details: trouble.detail ?? describeStatus(status),
    hint,
  };
}

function adviseOnStatus(service: ServiceName, status: number): { suffix: string; hint: string } {
  switch (status) {
    case 401:
      return { suffix: 'unauthorized', hint: KEY_ADVICE[service] ?? 'Check the key' };
    case 403:
      return { suffix: 'forbidden', hint: 'Check that your account may see this, then run resume' };
    case 404:
      return { suffix: 'not_found', hint: 'Check that the link is right' };
    case 429:
      return { suffix: 'rate_limited', hint: 'Run resume in a few minutes; a key raises the limit' };
    case 451:
      return { suffix: 'region_blocked', hint: `Set endpoints.${service} to a mirror that you can reach` };
    default:
      return { suffix: 'server_error', hint: 'Run resume later; the other sources were asked all the same' };
  }
}

function describeStatus(status: number): string {
  if (status === 401) return 'Invalid or missing API key';
  if (status === 429) return 'Too many requests';
  if (status >= 500) return 'The service has trouble of its own';
  return `The service answered with status ${status}`;
}
