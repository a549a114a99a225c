import type { ApiRequest, ApiResult } from '../core/http/json.ts';
import type { Unchecked } from '../core/model.ts';
import { ModelList, modelList } from './model-list.ts';

/** The list is a help and no need: nobody waits longer for it. */
const PATIENCE = { silenceMs: 7000, secondSilenceMs: 1000, wholeMs: 8000 };
const LIST_URL = 'https://raw.githubusercontent.com/Comfy-Org/ComfyUI-Manager/main/model-list.json';

/** Makes an API call, or answers it from memory. */
export type AskJson = <T>(request: ApiRequest<T>) => Promise<ApiResult<T>>;

/** ComfyUI-Manager's list of models, or why it could not be had. Throws only when `signal` aborts. */
export async function fetchModelList(ask: AskJson, signal: AbortSignal): Promise<ModelList | Unchecked> {
  const request = { url: LIST_URL, service: 'manager', schema: modelList, signal, patience: PATIENCE } as const;
  const result = await ask(request);
  if (result.ok) return new ModelList(result.value);
  if (result.status === 404) return new ModelList({ models: [] }); // a mirror need not have it
  return { source: 'manager', code: result.problem.code, message: `${result.problem.error}: ${result.problem.details}` };
}
