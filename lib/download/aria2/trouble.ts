import { redactUrl } from '../../core/secrets.ts';
import type { Trouble } from '../trouble.ts';

/** aria2's exit codes (its manual, version 1.36) that mean more than that the transfer broke off. */
export function explainAria2Error(code: number, url: string): Trouble {
  const host = URL.parse(redactUrl(url))?.host ?? 'the server';
  switch (code) {
    case 3:
    case 4:
      return { kind: 'not_found', host, detail: null };
    case 9:
      return { kind: 'disk_full', needed: null, free: null };
    case 15:
    case 16:
    case 17:
    case 18:
      return { kind: 'disk', code: `aria2 ${code}`, detail: 'aria2 cannot write there' };
    case 24:
      return { kind: 'no_access', host, detail: null };
    case 28:
      return { kind: 'engine', detail: 'aria2 does not take an option' };
    default:
      return { kind: 'network', detail: `aria2 ended with its error ${code}` };
  }
}
