import { z } from 'zod';

const optionalText = z.string().nullish().catch(undefined);
const optionalNumber = z.number().nullish().catch(undefined);

/** One file of a version. Hashes are upper-case hex; which ones are there varies. */
const civitaiFile = z.object({
  id: z.number(),
  name: z.string(),
  overrideName: optionalText,
  /** KiB with a fraction. */
  sizeKB: optionalNumber,
  type: optionalText,
  primary: z.boolean().nullish().catch(undefined),
  pickleScanResult: optionalText,
  virusScanResult: optionalText,
  metadata: z.object({ format: optionalText, size: optionalText, fp: optionalText, quantType: optionalText }).nullish().catch(undefined),
  hashes: z.object({ SHA256: optionalText }).nullish().catch(undefined),
});
export type CivitaiFile = z.infer<typeof civitaiFile>;

const stats = z.object({ downloadCount: optionalNumber, thumbsUpCount: optionalNumber }).nullish().catch(undefined);

/** A version as it stands in a model or a list; one bad file does not spoil the others. */
const civitaiVersion = z.object({
  id: z.number(),
  name: optionalText,
  baseModel: optionalText,
  publishedAt: optionalText,
  usageControl: optionalText,
  paidAccess: z
    .object({ permanent: z.boolean().nullish().catch(undefined), endsAt: optionalText })
    .nullish()
    .catch(undefined),
  availability: optionalText,
  stats,
  files: z
    .array(z.unknown())
    .catch([])
    .transform((files) => files.flatMap((file) => civitaiFile.safeParse(file).data ?? [])),
});
export type CivitaiVersion = z.infer<typeof civitaiVersion>;

/** The model that a version belongs to, as far as both kinds of answers tell it. */
export interface CivitaiOwner {
  id: number;
  name: string;
  type: string;
  downloads: number | null;
  likes: number | null;
}

/** `GET /api/v1/models/:id`, and one item of `GET /api/v1/models`. */
export const civitaiModel = z.object({
  id: z.number(),
  name: z.string().catch(''),
  type: z.string().catch(''),
  stats,
  modelVersions: z.array(civitaiVersion).catch([]),
});
export type CivitaiModel = z.infer<typeof civitaiModel>;

/** `GET /api/v1/models`: a page may be short or empty while `nextCursor` leads on. */
export const civitaiModelPage = z.object({
  items: z.array(z.unknown()).transform((items) => items.flatMap((item) => civitaiModel.safeParse(item).data ?? [])),
  metadata: z
    .object({
      nextCursor: z.union([z.string(), z.number()]).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/** `GET /api/v1/model-versions/:id` and by-hash. */
export const civitaiVersionAnswer = civitaiVersion.extend({
  modelId: z.number(),
  model: z.object({ name: z.string().catch(''), type: z.string().catch('') }).catch({ name: '', type: '' }),
});
export type CivitaiVersionAnswer = z.infer<typeof civitaiVersionAnswer>;

/** `POST /api/v1/model-versions/by-hash`: in no order, with doubles, and possibly with `null`. */
export const civitaiHashAnswer = z
  .array(z.unknown())
  .transform((rows) => rows.flatMap((row) => civitaiVersionAnswer.safeParse(row).data ?? []));
