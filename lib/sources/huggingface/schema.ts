import { z } from 'zod';

/** One repository of `GET /api/models` with `expand`; everything but the id may be absent. */
const repositoryRow = z.object({
  id: z.string(),
  sha: z.string().optional().catch(undefined),
  downloads: z.number().optional().catch(undefined),
  likes: z.number().optional().catch(undefined),
  createdAt: z.string().optional().catch(undefined),
  gated: z.union([z.boolean(), z.string()]).optional().catch(undefined),
  private: z.boolean().optional().catch(undefined),
  disabled: z.boolean().optional().catch(undefined),
  tags: z.array(z.string()).optional().catch(undefined),
  siblings: z
    .array(z.object({ rfilename: z.string() }))
    .optional()
    .catch(undefined),
});
export type RepositoryRow = z.infer<typeof repositoryRow>;

export const repositoryList = z.array(repositoryRow);

/** `GET /api/models/{id}?blobs=true`: one repository with the sizes of its files, and the sha256 (asterisks without access) of those in LFS. */
export const listedRepository = repositoryRow.extend({
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().optional().catch(undefined),
      lfs: z
        .object({ sha256: z.string().optional().catch(undefined), size: z.number().optional().catch(undefined) })
        .optional()
        .catch(undefined),
    }),
  ),
});
export type ListedRepository = z.infer<typeof listedRepository>;

const scan = z.object({ status: z.string() }).optional().catch(undefined);

/**
 * One row of `tree` and `paths-info`. `lfs.oid` is the sha256, or asterisks for those who may not read the repository;
 * `securityFileStatus` comes with `expand` only.
 */
const treeRow = z.object({
  type: z.string(),
  path: z.string(),
  size: z.number().optional().catch(undefined),
  lfs: z
    .object({ oid: z.string().optional().catch(undefined), size: z.number().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  securityFileStatus: z.object({ status: z.string(), avScan: scan, pickleImportScan: scan }).nullish().catch(undefined),
});
export type TreeRow = z.infer<typeof treeRow>;

export const treeRows = z.array(treeRow);
