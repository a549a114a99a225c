import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/**
 * Civitai's firewall refuses agents that name no product, and takes those that hold the name of a browser for one (its own source,
 * 2026-08): the name has neither fault.
 */
export const USER_AGENT = `ComfyFixerSmart/${VERSION} (models for ComfyUI)`;
