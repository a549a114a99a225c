import type { NodeDeclarations, Requirement } from '../core/model.ts';

/** Why nothing tells the folder of a model, and what would. `undefined` for one whose folder is known. */
export function reasonForNoFolder(requirement: Requirement, declarations: NodeDeclarations): string | undefined {
  const { directory, state, nodeType, references } = requirement;
  if (directory !== null) return undefined;
  if (state === 'self_download') return `${nodeType} fetches it by itself and keeps it where it likes`;
  const declared = references.find((reference) => declarations.has(reference.nodeType));
  if (declared !== undefined) return `the class of ${declared.nodeType} lists no models folder there, and no name or type tells one`;
  return `${nodeType} is no node that is known here, and no name or type tells a folder: with its pack installed, its class does`;
}
