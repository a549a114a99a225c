/** Who says that a file is at a place: a hub about its own files, or somebody's workflow, which may be wrong or a trap. */
export type TeacherKind = 'hub' | 'workflow';

/** A file and where it can be had, as somebody says. */
export interface KnownFile {
  /** Base name; `''` for a page that does not say which files it has. */
  name: string;
  /** Stable public link without any secret. */
  url: string;
  /** ComfyUI's folder name, `null` when it is not told. */
  directory: string | null;
  /** Lower-case hex. */
  sha256: string | null;
  sizeBytes: number | null;
}

/** Everything that one teacher says; it takes the place of what the same one said before. */
export interface Lesson {
  /** Absolute path of the workflow, or the hub's list, model or file. */
  teacher: string;
  kind: TeacherKind;
  files: readonly KnownFile[];
}

/** A file, and what kind of teacher says so. */
export interface TaughtFile extends KnownFile {
  kind: TeacherKind;
}

/** What the scans of a place say of one of its files. */
export interface ScanVerdict {
  /** The file's stable public link. */
  place: string;
  /** Lower-case hex. */
  sha256: string;
  /** What they say against it, a clause; `null`: they have looked and say nothing. */
  danger: string | null;
}
