import { z } from 'zod';

/** One repository of `GET /openapi/v1/models`; everything but the id may be absent. */
const repositoryRow = z.object({
  id: z.string().regex(/^[^/]+\/[^/]+$/),
  downloads: z.number().optional().catch(undefined),
  likes: z.number().optional().catch(undefined),
  /** ISO time. */
  created_at: z.string().optional().catch(undefined),
  private: z.boolean().optional().catch(undefined),
  gated: z.boolean().optional().catch(undefined),
  license: z.string().optional().catch(undefined),
});
export type RepositoryRow = z.infer<typeof repositoryRow>;

/** Rows that are none are passed over: one of them must not spoil a search. */
export const searchAnswer = z.object({
  data: z.object({ models: z.array(z.unknown()).transform((rows) => rows.flatMap((row) => repositoryRow.safeParse(row).data ?? [])) }),
});

/** One row of `GET /api/v1/models/{id}/repo/files`: a file (`blob`) or a folder (`tree`). `Sha256` is that of the file's bytes. */
const fileRow = z.object({
  Path: z.string(),
  Type: z.string(),
  Size: z.number().optional().catch(undefined),
  Sha256: z.string().optional().catch(undefined),
});
export type FileRow = z.infer<typeof fileRow>;

/** A refusal has no `Data`, whatever the status says. */
export const filesAnswer = z.object({ Data: z.object({ Files: z.array(fileRow) }) });
