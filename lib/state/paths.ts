import { join } from 'node:path';

/** The files of a state folder, as absolute paths. */
export interface StatePaths {
  folder: string;
  status: string;
  log: string;
  requiredModels: string;
  missingModels: string;
  missingNodes: string;
  resolutions: string;
  downloads: string;
  summary: string;
  verify: string;
  /** What services have said of node packs. */
  nodePacks: string;
  /** Hashes of model files that `verify` has computed. */
  hashes: string;
  /** What is known of model files: answers of the hubs, links in workflows, choices of the user. */
  catalogue: string;
  /** What a watch has still to do. */
  queue: string;
  /** Prompts that ComfyUI refused, as workflows that wait for their models. */
  prompts: string;
}

export function statePaths(folder: string): StatePaths {
  const output = (name: string): string => join(folder, 'output', name);
  return {
    folder,
    status: join(folder, 'status.json'),
    log: join(folder, 'log'),
    requiredModels: output('required_models.json'),
    missingModels: output('missing_models.json'),
    missingNodes: output('missing_nodes.json'),
    resolutions: output('resolutions.json'),
    downloads: output('downloads.json'),
    summary: output('summary_report.md'),
    verify: output('verify.json'),
    nodePacks: join(folder, '.comfy-fixer.node-packs.sqlite'),
    hashes: join(folder, '.comfy-fixer.hashes.sqlite'),
    catalogue: join(folder, '.comfy-fixer.catalogue.sqlite'),
    queue: join(folder, '.comfy-fixer.queue.sqlite'),
    prompts: join(folder, '.comfy-fixer.prompts'),
  };
}
