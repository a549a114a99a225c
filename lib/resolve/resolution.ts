import { targetName } from '../core/model-file/match-name.ts';
import type { Requirement, Resolution, Unchecked } from '../core/model.ts';
import type { Decision } from './decide.ts';
import { idsOf } from './named-by-ids.ts';

/** The absolute path to save a file at, or why there is none, as a clause. */
export type Target = { savePath: string } | { refused: string };
/** Where a file is to be saved; `null` when its folder is not known. */
export type PlanTarget = (directory: string | null, subfolder: string, filename: string) => Target | null;

/** Writes a decision down. What is accepted has a place to go to; without one it is left open, and the reason says why. */
export function makeResolution(
  requirement: Requirement,
  decision: Decision,
  options: { unchecked: readonly Unchecked[]; planTarget: PlanTarget; chosenByUser: boolean },
): Resolution {
  const { offer } = decision;
  const directory = requirement.directory ?? onlyFolder(offer?.directories ?? []);
  const filename = offer ? nameToSaveUnder(requirement, offer.filename) : requirement.filename;
  const isNamed = offer !== null || idsOf(requirement) === null;
  const target = isNamed ? options.planTarget(directory, requirement.subfolder, filename) : null;
  const savePath = target && 'savePath' in target ? target.savePath : null;
  return {
    filename: requirement.filename,
    directory,
    expectedType: requirement.expectedType,
    subfolder: requirement.subfolder,
    source: offer?.source ?? 'not_found',
    proof: decision.proof,
    accepted: decision.accepted && savePath !== null,
    reason: describe(decision, target),
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

/** What keeps the file from being saved comes first: whatever else is known of it does not help before. */
function describe({ accepted, reason }: Decision, target: Target | null): string {
  if (target && 'refused' in target) return `it cannot be saved under this name: ${target.refused}; ${reason}`;
  return accepted && target === null ? `which models folder it belongs into is not known; ${reason}` : reason;
}
