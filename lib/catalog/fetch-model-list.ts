import type { ApiRequest, ApiResult } from '../core/http/json.ts';
import type { Unchecked } from '../core/model.ts';
import { ModelList, modelList } from './model-list.ts';

/** The list is a help and no need: nobody waits longer for it. */
const PATIENCE_MS = 8000;
const LIST_URL = 'https://raw.githubusercontent.com/Comfy-Org/ComfyUI-Manager/main/model-list.json';

/** Makes an API call, or answers it from memory. */
export type AskJson = <T>(request: ApiRequest<T>) => Promise<ApiResult<T>>;

/** ComfyUI-Manager's list of models, or why it could not be had. Throws only when `signal` aborts. */
export async function fetchModelList(ask: AskJson, signal: AbortSignal): Promise<ModelList | Unchecked> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const request = { url: LIST_URL, service: 'manager', schema: modelList, signal: AbortSignal.any([signal, patience]) } as const;
    const result = await ask(request);
    if (result.ok) return new ModelList(result.value);
    if (result.status === 404) return new ModelList({ models: [] }); // a mirror need not have it
    return { source: 'manager', code: result.problem.code, message: `${result.problem.error}: ${result.problem.details}` };
  } catch (error) {
    signal.throwIfAborted();
    if (!patience.aborted) throw error;
    return { source: 'manager', code: 'manager_timeout', message: `ComfyUI-Manager API error: no answer within ${PATIENCE_MS / 1000} s` };
  }
}
