/** Where Linux keeps the C library: that of glibc, and those of musl. */
export const LINUX_C_LIBRARIES = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'] as const;
