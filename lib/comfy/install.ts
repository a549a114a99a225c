/** A ComfyUI on this machine: where its parts are, as absolute paths. */
export interface ComfyInstall {
  /** The folder that holds `models`, `custom_nodes` and `user`: what ComfyUI calls its base directory. */
  root: string;
  /** The folder with ComfyUI's own Python sources (`nodes.py`, `folder_paths.py`); `null` when only the data folder was found. */
  sources: string | null;
  /** The install's own workflow folders that exist. */
  workflowDirectories: string[];
  /** Further files in the format of `extra_model_paths.yaml`, as `--extra-model-paths-config` names them, in its order. Absolute. */
  extraPathFiles?: readonly string[];
  /** How it was found, for people: `config.json`, `COMFYUI_ROOT`, `working directory`, ... */
  foundBy: string;
}
