import { CORE_NODES, type DemoNode, PACK_NODES } from './node-table.ts';

/** The sandbox's Python files by path: small, and of the shape that ComfyUI's own have, so that they are read the same way. */
export function makePythonSources(): ReadonlyMap<string, string> {
  return new Map([
    ['main.py', MAIN],
    ['folder_paths.py', FOLDER_PATHS],
    ['comfyui_version.py', '__version__ = "0.38.1"\n'],
    ['nodes.py', `import os\n\nimport folder_paths\n\n\n${renderClasses(CORE_NODES)}\n\n${renderMappings(CORE_NODES)}`],
    ['comfy_extras/nodes_upscale_model.py', UPSCALE_MODEL],
    ['custom_nodes/darkroom-nodes/__init__.py', `from .film import NODE_CLASS_MAPPINGS\n\n__all__ = ["NODE_CLASS_MAPPINGS"]\n`],
    ['custom_nodes/darkroom-nodes/film.py', `${renderClasses(PACK_NODES)}\n\n${renderMappings(PACK_NODES)}`],
  ]);
}

function renderClasses(nodes: readonly DemoNode[]): string {
  return nodes.map(renderClass).join('\n\n');
}

function renderClass(node: DemoNode): string {
  const inputs = Object.entries(node.inputs).map(([name, value]) => `            "${name}": ${value},`);
  const names = Object.keys(node.inputs).join(', ');
  return `class ${node.type}:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {
${inputs.join('\n')}
        }}

    RETURN_TYPES = (${node.returns.map((type) => `"${type}",`).join(' ')})
    FUNCTION = "run"
    CATEGORY = "${node.category}"

    def run(self, ${names}):
        raise NotImplementedError("the sandbox loads nothing")
`;
}

function renderMappings(nodes: readonly DemoNode[]): string {
  return `NODE_CLASS_MAPPINGS = {\n${nodes.map((node) => `    "${node.type}": ${node.type},`).join('\n')}\n}\n`;
}

const MAIN = `"""Stands where ComfyUI's own main.py stands. It starts nothing."""

import folder_paths

if __name__ == "__main__":
    print("models in", folder_paths.models_dir)
`;

const FOLDER_PATHS = `import os

base_path = os.path.dirname(os.path.realpath(__file__))
models_dir = os.path.join(base_path, "models")
supported_pt_extensions = {".ckpt", ".pt", ".pt2", ".bin", ".pth", ".safetensors", ".pkl", ".sft"}

folder_names_and_paths = {}
for name in ("checkpoints", "loras", "vae", "clip_vision", "controlnet", "upscale_models", "embeddings"):
    folder_names_and_paths[name] = ([os.path.join(models_dir, name)], supported_pt_extensions)
folder_names_and_paths["text_encoders"] = (
    [os.path.join(models_dir, "text_encoders"), os.path.join(models_dir, "clip")],
    supported_pt_extensions,
)
folder_names_and_paths["diffusion_models"] = (
    [os.path.join(models_dir, "unet"), os.path.join(models_dir, "diffusion_models")],
    supported_pt_extensions,
)


def get_input_directory():
    return os.path.join(base_path, "input")


def get_filename_list(folder_name):
    found = []
    for folder in folder_names_and_paths[folder_name][0]:
        for path, _, names in os.walk(folder, followlinks=True):
            found.extend(os.path.relpath(os.path.join(path, name), folder) for name in names)
    return sorted(found)
`;

/** Newer core nodes declare themselves by a schema; this file keeps that form in the sandbox. */
const UPSCALE_MODEL = `from typing_extensions import override

import folder_paths
from comfy_api.latest import ComfyExtension, io


class UpscaleModelLoader(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="UpscaleModelLoader",
            display_name="Load Upscale Model",
            category="loaders",
            inputs=[
                io.Combo.Input("model_name", options=folder_paths.get_filename_list("upscale_models")),
            ],
            outputs=[io.UpscaleModel.Output()],
        )


class ImageUpscaleWithModel(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ImageUpscaleWithModel",
            display_name="Upscale Image (using Model)",
            category="image/upscaling",
            inputs=[io.UpscaleModel.Input("upscale_model"), io.Image.Input("image")],
            outputs=[io.Image.Output()],
        )


class UpscaleModelExtension(ComfyExtension):
    @override
    async def get_node_list(self):
        return [UpscaleModelLoader, ImageUpscaleWithModel]


async def comfy_entrypoint():
    return UpscaleModelExtension()
`;
