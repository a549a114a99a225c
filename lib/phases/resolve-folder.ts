import type { AnswerStore } from '../catalog/answer-store.ts';
import type { HttpClient } from '../core/http/client.ts';
import type { DetectedType } from '../core/model-file/structure.ts';

import type { Requirement } from '../core/model.ts';
import { isDetectedType, usualFolder } from '../library/fitting-folder.ts';
import type { Decision } from '../resolve/decide.ts';
import { detectRemoteType } from '../sources/remote-header.ts';

interface FolderPorts {
  http: HttpClient;
  signal: AbortSignal;
  now: Date;
  /** Keeps what headers have told. */
  answers: AnswerStore | null;
  offline: boolean;
  /** The user has named the place himself. */
  byUser: boolean;
  /** Places that have let a question for a header go unanswered in this run: nobody waits for them again. */
  silentOrigins: Set<string>;
  patienceMs?: number;
}

/**
 * The decision with the folder that the file's own header speaks for, where neither the workflow nor the place tells one. Only what is
 * accepted is looked at: nothing else will be downloaded.
 */
export async function settleFolder(requirement: Requirement, decision: Decision, ports: FolderPorts): Promise<Decision> {
  const { offer } = decision;
  const isTold = requirement.directory !== null || offer?.directories.length === 1;
  if (!decision.accepted || !offer || offer.downloadUrl === null || isTold) return decision;
  const type = await detectOnce(offer.downloadUrl, offer.filename, ports);
  if (type === null) return decision;
  const folder = usualFolder(type);
  if (offer.directories.length > 1 && !offer.directories.includes(folder)) return decision;
  return {
    ...decision,
    offer: { ...offer, directories: [folder] },
    reason: `${decision.reason}; its header says that it is a ${type.replaceAll('_', ' ')}`,
  };
}

async function detectOnce(url: string, filename: string, ports: FolderPorts): Promise<DetectedType | null> {
  const key = `header ${url}`;
  const known = ports.answers?.read(key, new Date(0))?.answer;
  if (isDetectedType(known)) return known;
  const { origin } = new URL(url);
  if (ports.offline || ports.silentOrigins.has(origin)) return null;
  const type = await detectRemoteType({ url, filename, trust: ports.byUser ? 'service' : 'workflow' }, ports);
  if (type === 'silent') {
    ports.silentOrigins.add(origin);
    return null;
  }
  if (type !== null) ports.answers?.write(key, type, ports.now);
  return type;
}
