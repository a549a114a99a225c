import { targetName } from '../core/model-file/match-name.ts';
import type { Requirement, Resolution, Unchecked } from '../core/model.ts';
import type { Decision } from './decide.ts';
import { idsOf } from './named-by-ids.ts';

/** Where a file is to be saved: the absolute path, `null` when the folder is not known or the name would leave it. */
export type PlanTarget = (directory: string | null, subfolder: string, filename: string) => string | null;

/** Writes a decision down. What is accepted has a folder to go to; without one it waits for review. */
export function makeResolution(
  requirement: Requirement,
  decision: Decision,
  options: { unchecked: readonly Unchecked[]; planTarget: PlanTarget; chosenByUser: boolean },
): Resolution {
  const { offer } = decision;
  const directory = requirement.directory ?? onlyFolder(offer?.directories ?? []);
  const filename = offer ? nameToSaveUnder(requirement, offer.filename) : requirement.filename;
  const savePath = options.planTarget(directory, requirement.subfolder, filename);
  const homeless = decision.accepted && savePath === null;
  return {
    filename: requirement.filename,
    directory,
    expectedType: requirement.expectedType,
    subfolder: requirement.subfolder,
    source: offer?.source ?? 'not_found',
    proof: decision.proof,
    accepted: decision.accepted && !homeless,
    reason: homeless ? `${decision.reason}; ${describeHomelessness(directory)}` : decision.reason,
    downloadUrl: offer?.downloadUrl ?? null,
    sizeBytes: offer?.sizeBytes ?? null,
    sha256: decision.sha256,
    modelId: offer?.modelId ?? null,
    versionId: offer?.versionId ?? null,
    repoId: offer?.repoId ?? null,
    revision: offer?.revision ?? null,
    repoPath: offer?.repoPath ?? null,
    foundAt: offer?.foundAt ?? null,
    savePath,
    requiresAuth: offer?.requiresAuth ?? null,
    gated: offer?.gated ?? false,
    pickle: offer?.pickle ?? false,
    danger: offer?.danger ?? null,
    license: offer?.license ?? null,
    chosenByUser: options.chosenByUser && decision.accepted,
    candidates: decision.candidates,
    unchecked: [...options.unchecked],
    workflows: [...new Set([requirement.workflow, ...requirement.references.map((reference) => reference.workflow)])],
  };
}

/** What is named by its ids alone is saved under the name that the place has for it. */
function nameToSaveUnder(requirement: Requirement, offered: string): string {
  return idsOf(requirement) === null ? targetName(requirement.filename, offered) : offered;
}

function onlyFolder(directories: readonly string[]): string | null {
  return directories.length === 1 ? (directories[0] ?? null) : null;
}

function describeHomelessness(directory: string | null): string {
  return directory === null ? 'which models folder it belongs into is not known' : `there is no safe place for it in ${directory}`;
}
