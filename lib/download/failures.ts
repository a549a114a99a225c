import type { ProblemReport } from '../core/model.ts';
import { accessWords } from './failure-access.ts';
import { contentWords, targetWords } from './failure-file.ts';
import { wireWords } from './failure-wire.ts';
import type { FailureSubject, FailureWords } from './failure-words.ts';
import type { Trouble } from './trouble.ts';

/** The report of a failed download: `Download failed: <reason>`, what happened, and what to do about it. */
export function failureReport(trouble: Trouble, subject: FailureSubject): ProblemReport {
  const { code, reason, details, hint } = failureWords(trouble, subject);
  return { code, error: `Download failed: ${reason}`, details, hint };
}

function failureWords(trouble: Trouble, subject: FailureSubject): FailureWords {
  switch (trouble.kind) {
    case 'login_required':
    case 'key_rejected':
    case 'gated':
    case 'early_access':
    case 'downloads_disabled':
    case 'no_access':
    case 'region_blocked':
      return accessWords(trouble, subject);
    case 'refused':
    case 'network':
    case 'stalled':
    case 'status':
    case 'not_found':
    case 'protocol':
    case 'engine':
      return wireWords(trouble);
    case 'not_a_model':
    case 'checksum':
    case 'size':
    case 'unprovable':
      return contentWords(trouble);
    case 'disk_full':
    case 'disk':
    case 'in_use':
    case 'target_taken':
    case 'target_refused':
    case 'target_unknown':
    case 'pickle_refused':
    case 'danger':
    case 'no_source':
    case 'local_changed':
      return targetWords(trouble, subject);
  }
}
