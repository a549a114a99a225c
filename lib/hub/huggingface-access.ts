import type { HfRepository, HubAccount } from './catalogue.ts';
import { bearerToken, type HubAnswer, type HubRequest, jsonAnswer } from './exchange.ts';

/** Who asks: nobody in particular, somebody with an account, or somebody with a key that is none. */
export type HfCaller = { kind: 'anonymous' } | { kind: 'account'; account: HubAccount } | { kind: 'invalid' };

/** Tells by the `Authorization` header who asks. */
export function identifyCaller(request: HubRequest, accounts: readonly HubAccount[]): HfCaller {
  if (!request.headers.has('authorization')) return { kind: 'anonymous' };
  const token = bearerToken(request);
  const account = accounts.find((candidate) => candidate.service === 'huggingface' && candidate.token === token);
  return account ? { kind: 'account', account } : { kind: 'invalid' };
}

/** Whether the caller may read what the repository guards. */
export function isGranted(repository: HfRepository, caller: HfCaller): boolean {
  if (repository.private !== true && (repository.gated ?? false) === false) return true;
  return caller.kind === 'account' && (caller.account.repositories ?? []).includes(repository.id);
}

/** Whether the caller may know that the repository exists. */
export function isVisible(repository: HfRepository, caller: HfCaller): boolean {
  return repository.private !== true || isGranted(repository, caller);
}

/** An error as the hub tells it: its code and message in headers, the message again in the body. */
export function hfError(status: number, code: string | null, message: string, headers: Record<string, string> = {}): HubAnswer {
  const named = { 'x-error-message': message, ...(code === null ? {} : { 'x-error-code': code }), ...headers };
  return jsonAnswer({ error: message }, { status, headers: named });
}

/** A key that is none: even public repositories fail with it. */
export function refuseInvalidToken(): HubAnswer {
  return hfError(401, null, 'Invalid credentials in Authorization header');
}

/** A repository that is not there and one that is private look the same; without an account it is 401, never 404. */
export function refuseUnknownRepository(caller: HfCaller): HubAnswer {
  return hfError(caller.kind === 'account' ? 404 : 401, 'RepoNotFound', 'Repository not found');
}

/** 401 for those without an account, 403 for those who were not granted access. */
export function refuseGated(repository: HfRepository, caller: HfCaller): HubAnswer {
  const restricted = `Access to model ${repository.id} is restricted`;
  if (caller.kind !== 'account') return hfError(401, 'GatedRepo', `${restricted}. You must be authenticated to access it. Please log in.`);
  return hfError(403, 'GatedRepo', `${restricted} and you are not in the authorized list. Visit its page to ask for access.`);
}
