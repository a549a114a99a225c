/** The public services that the tool speaks to, and their public host names. */
export const SERVICE_NAMES = ['huggingface', 'civitai', 'modelscope', 'github', 'comfy_registry', 'manager'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Base URL of each service as it is to be reached: the public one or a mirror. No trailing slash. */
export type Endpoints = Readonly<Record<ServiceName, string>>;

export const DEFAULT_ENDPOINTS: Endpoints = {
  huggingface: 'https://huggingface.co',
  civitai: 'https://civitai.com',
  modelscope: 'https://modelscope.cn',
  github: 'https://github.com',
  comfy_registry: 'https://api.comfy.org',
  manager: 'https://raw.githubusercontent.com/Comfy-Org/ComfyUI-Manager/main',
};

/** What a message calls the service. */
export const SERVICE_TITLES: Readonly<Record<ServiceName, string>> = {
  huggingface: 'HuggingFace',
  civitai: 'Civitai',
  modelscope: 'ModelScope',
  github: 'GitHub',
  comfy_registry: 'Comfy Registry',
  manager: 'ComfyUI-Manager',
};

/** A service's public host, and the path prefix below which a URL belongs to it. */
interface PublicPlace {
  service: ServiceName;
  hosts: readonly string[];
  prefix: string;
}

/*
 * civitai.red and civitai.green are the same site for other audiences and take the same accounts (Civitai's own domain configuration,
 * 2026-08). hf.co is Hugging Face's short host. modelscope.ai is not ModelScope by another name but a second site with repositories and
 * accounts of its own (as its SDK treats it, 2026-07). ComfyUI-Manager moved from the ltdrdata account to Comfy-Org; the old path redirects.
 */
const PUBLIC_PLACES: readonly PublicPlace[] = [
  { service: 'huggingface', hosts: ['huggingface.co', 'www.huggingface.co', 'hf.co'], prefix: '' },
  {
    service: 'civitai',
    hosts: ['civitai.com', 'www.civitai.com', 'civitai.red', 'www.civitai.red', 'civitai.green', 'www.civitai.green'],
    prefix: '',
  },
  { service: 'modelscope', hosts: ['modelscope.cn', 'www.modelscope.cn'], prefix: '' },
  { service: 'github', hosts: ['github.com', 'www.github.com'], prefix: '' },
  { service: 'comfy_registry', hosts: ['api.comfy.org'], prefix: '' },
  { service: 'manager', hosts: ['raw.githubusercontent.com'], prefix: '/Comfy-Org/ComfyUI-Manager/main' },
  { service: 'manager', hosts: ['raw.githubusercontent.com'], prefix: '/ltdrdata/ComfyUI-Manager/main' },
];

/** A URL as it is to be fetched. */
export interface RoutedUrl {
  url: URL;
  /** The service whose endpoint this URL stands below, `null` for any other place. */
  service: ServiceName | null;
}

/**
 * Sends a URL of a public host to the configured endpoint, and tells whose URL it is. A URL of no service is returned as it is.
 * Throws `TypeError` when `url` is no absolute URL.
 */
export function routeUrl(url: string | URL, endpoints: Endpoints): RoutedUrl {
  const parsed = new URL(url);
  const owner = serviceOfEndpoint(parsed, endpoints);
  if (owner) return { url: parsed, service: owner };
  const place = findPublicPlace(parsed);
  if (!place) return { url: parsed, service: null };
  const rest = parsed.pathname.slice(place.prefix.length);
  const routed = new URL(endpoints[place.service] + rest + parsed.search);
  return { url: routed, service: place.service };
}

/** `true` when the host is one of the service's public hosts. */
export function isServiceHost(hostname: string, service: ServiceName): boolean {
  return PUBLIC_PLACES.some((place) => place.service === service && place.hosts.includes(hostname.toLowerCase()));
}

function findPublicPlace(url: URL): PublicPlace | undefined {
  const host = url.hostname.toLowerCase();
  return PUBLIC_PLACES.find(
    (place) =>
      place.hosts.includes(host) && (place.prefix === '' || url.pathname === place.prefix || url.pathname.startsWith(`${place.prefix}/`)),
  );
}

function serviceOfEndpoint(url: URL, endpoints: Endpoints): ServiceName | null {
  for (const service of SERVICE_NAMES) {
    const endpoint = new URL(endpoints[service]);
    const prefix = endpoint.pathname === '/' ? '' : endpoint.pathname;
    if (url.origin !== endpoint.origin) continue;
    if (prefix === '' || url.pathname === prefix || url.pathname.startsWith(`${prefix}/`)) return service;
  }
  return null;
}
