import { isHomeless } from '../core/homeless.ts';
import type { ProblemReport, Requirement, Resolution, Unchecked } from '../core/model.ts';
import { isRefusedInPlace } from '../core/refused.ts';
import { plainerName } from '../resolve/plainer-name.ts';
import type { PlanTarget } from '../resolve/resolution.ts';

interface LeftModel {
  requirement: Requirement;
  /** The user has named a place for it. */
  isChosen: boolean;
  planTarget: PlanTarget;
}

/** What is reported of a model that is left open; `null` for one that is settled, waits for review, or could not be asked for everywhere. */
export function describeLeft(resolution: Resolution, model: LeftModel): ProblemReport | null {
  if (isRefusedInPlace(resolution)) return describeRefused(resolution);
  if (isHomeless(resolution)) return describeHomeless(resolution, model);
  return model.isChosen ? describeVainChoice(resolution) : describeAbsence(resolution);
}

function describeRefused({ reason, foundAt }: Resolution): ProblemReport {
  const place = foundAt === null ? '' : `; it lies at ${foundAt}`;
  return {
    code: 'model_not_offered',
    error: 'ComfyUI does not take it in that node',
    details: reason,
    hint: `Choose the model again in that node, use a node that loads such a file, or restart ComfyUI if the file is newer than its start${place}`,
  };
}

/** No other source for the file helps, but another name for it, or a folder. */
function describeHomeless(resolution: Resolution, { requirement, planTarget }: LeftModel): ProblemReport {
  const { directory, downloadUrl, foundAt, reason, filename, subfolder } = resolution;
  const node = `node ${requirement.nodeId} (${requirement.nodeType}) of ${requirement.workflow}`;
  const file = downloadUrl ?? foundAt ?? 'the file';
  if (directory === null) {
    const hint = `Put ${file} into the folder where that node looks for it, or write its "directory" into properties.models of the node`;
    return { code: 'model_folder_unknown', error: 'No models folder known for it', details: `${reason}; needed by ${node}`, hint };
  }
  const target = planTarget(directory, subfolder, filename);
  const why = target && 'refused' in target ? target.refused : reason;
  return {
    code: 'model_name_unusable',
    error: 'Model cannot be saved under its name',
    details: `${why}; needed by ${node}`,
    hint: adviseOtherName(resolution, { directory, file, planTarget }),
  };
}

function adviseOtherName({ filename, subfolder }: Resolution, known: { directory: string; file: string; planTarget: PlanTarget }): string {
  const folders = subfolder.split('/').filter((part) => part !== '');
  const [name, parents] = [plainerName(filename), folders.map(plainerName).join('/')];
  const target = known.planTarget(known.directory, parents, name);
  if (target === null || 'refused' in target) return `Put ${known.file} yourself where that node looks for it`;
  const written = parents === '' ? name : `${parents}/${name}`;
  return `Save ${known.file} as ${target.savePath} yourself and choose that in the node. Or write "${written}" into the node, scan, and resolve --pick "${name}=URL"`;
}

/** What the user has said of the model leads to no file; a service that could not be asked reports its own trouble. */
function describeVainChoice({ filename, accepted, reason, unchecked }: Resolution): ProblemReport | null {
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
function describeAbsence(resolution: Resolution): ProblemReport | null {
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
