import type { Requirement, UrlNaming } from '../core/model.ts';

/** Whether each workflow that needs the file is among those who name it. */
export function isNamedByEach({ references }: Requirement, namedBy: readonly UrlNaming[]): boolean {
  const naming = new Set(namedBy.map(({ workflowPath }) => workflowPath));
  return references.every(({ workflowPath }) => naming.has(workflowPath));
}

/**
 * Whether each workflow that needs the file says something of where it is to be had. One that says nothing has only the others' word for the
 * file, and for its sha256.
 */
export function isTalkedOfByAll(requirement: Requirement): boolean {
  const { references, urls } = requirement;
  const workflows = new Set(references.map(({ workflowPath }) => workflowPath));
  return (
    workflows.size < 2 ||
    isNamedByEach(
      requirement,
      urls.flatMap(({ namedBy }) => namedBy ?? []),
    )
  );
}
