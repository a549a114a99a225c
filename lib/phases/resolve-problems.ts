import type { ProblemReport, Resolution, Unchecked } from '../core/model.ts';

/** What the user has said of the model leads to no file; a service that could not be asked reports its own trouble. */
export function describeVainChoice({ filename, accepted, reason, unchecked }: Resolution): ProblemReport | null {
  if (accepted || unchecked.length > 0) return null;
  return {
    code: 'choice_failed',
    error: 'What you have chosen leads to no file',
    details: reason,
    hint: `Name another place with resolve --pick "${filename}=URL", or mend overrides in config.json`,
  };
}

/** The workflow's own link may lead to the file: its host has only not said so now. */
function describeSilentLink(filename: string, { source, code, message }: Unchecked): ProblemReport {
  const hint = `Run resume later, or name another place with resolve --pick "${filename}=URL"`;
  return { code, error: `Link could not be checked: ${source}`, details: message, hint };
}

/** What is reported of a model that nobody has; `null` for one that is there, waits for review, or could not be asked for everywhere. */
export function describeAbsence(resolution: Resolution): ProblemReport | null {
  // the list only helps; a hub reports its own trouble
  const silent = resolution.unchecked.some(({ source }) => source === 'civitai' || source === 'huggingface' || source === 'modelscope');
  if (resolution.source !== 'not_found' || silent) return null;
  const failed = resolution.unchecked.find(({ code }) => code.startsWith('link_'));
  if (failed) return describeSilentLink(resolution.filename, failed);
  const refused = resolution.unchecked.filter(({ code }) => code === 'host_not_allowed');
  return {
    code: 'model_not_found',
    error: 'Model not found on Civitai or HuggingFace',
    details: [resolution.reason, ...refused.map(({ message }) => message)].join('; '),
    hint:
      refused.length > 0
        ? `Add the host of its link to download.allowed_hosts in config.json if you trust it, or name a link with resolve --pick "${resolution.filename}=URL"`
        : `Name a link with resolve --pick "${resolution.filename}=URL" or under overrides in config.json`,
  };
}
