/** A file beside the source, or inside the executable: its path. */
declare module '*.wasm' {
  const path: string;
  export default path;
}
