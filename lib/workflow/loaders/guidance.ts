import { each, LORA, type LoaderRows } from './rows.ts';

/** Packs that steer a picture: ControlNet, IPAdapter, identity, faces, masks and inpainting. */
export const GUIDANCE: LoaderRows = {
  // ComfyUI-Advanced-ControlNet
  ...each({ control_net_name: 'controlnet' }, 'ControlNetLoaderAdvanced, DiffControlNetLoaderAdvanced'),
  ...each({ cnet: 'controlnet' }, 'ACN_ControlNetLoaderAdvanced, ACN_DiffControlNetLoaderAdvanced'),
  ...each({ name: 'controlnet' }, 'ACN_ControlNet++LoaderAdvanced, ACN_ControlNet++LoaderSingle'),
  ACN_AnimaLLLiteLoaderAdvanced: { model_patch: 'model_patches' },
  ACN_CtrLoRALoader: { base: 'controlnet', lora: 'controlnet' },
  ACN_SparseCtrlLoaderAdvanced: { sparsectrl_name: 'controlnet' },
  ACN_SparseCtrlMergedLoaderAdvanced: { sparsectrl_name: 'controlnet', control_net_name: 'controlnet' },

  // comfyui-tooling-nodes, x-flux-comfyui, ControlNet-LLLite, Fill-Nodes
  ETN_control_load: { weights: 'controlnet' },
  LLLiteLoader: { model_name: 'controlnet' },
  FL_ZImageControlNetPatch: { name: 'model_patches' },
  FluxLoraLoader: { lora_name: 'xlabs_loras' },
  LoadFluxControlNet: { controlnet_path: 'xlabs_controlnets@1' },
  LoadFluxIPAdapter: { ipadatper: 'xlabs_ipadapters', clip_vision: 'clip_vision' },

  // ComfyUI_IPAdapter_plus, ComfyUI_InstantID, PuLID_ComfyUI, ComfyUI-PuLID-Flux, PhotoMaker-Plus, ComfyUI-IPAdapter-Flux
  IPAdapterModelLoader: { ipadapter_file: 'ipadapter' },
  InstantIDModelLoader: { instantid_file: 'instantid' },
  ...each({ pulid_file: 'pulid' }, 'PulidModelLoader, PulidFluxModelLoader'),
  ...each({ ipadapter: 'ipadapter-flux' }, 'IPAdapterFluxLoader, IPAdapterFluxLoaderAdvanced'),
  PhotoMakerLoaderPlus: { photomaker_model_name: 'photomaker' },

  // comfyui-inpaint-nodes, ComfyUI-BrushNet, ComfyUI-IC-Light
  INPAINT_LoadFooocusInpaint: { head: 'inpaint', patch: 'inpaint' },
  INPAINT_LoadInpaintModel: { model_name: 'inpaint' },
  BrushNetLoader: { brushnet: 'inpaint' },
  PowerPaintCLIPLoader: { base: 'text_encoders', powerpaint: 'inpaint' },
  LoadAndApplyICLightUnet: { model_path: 'diffusion_models' },

  // ComfyUI-ReActor, facerestore_cf
  ...each({ swap_model: 'insightface@1', face_restore_model: 'facerestore_models@3' }, 'ReActorFaceSwap, ReActorFaceSwapOpt'),
  ReActorFaceBoost: { boost_model: 'facerestore_models@1' },
  ReActorRestoreFace: { model: 'facerestore_models@1' },
  ReActorMaskHelper: { bbox_model_name: 'ultralytics', sam_model_name: 'sams@5' },
  ...each({ model_name: 'facerestore_models' }, 'FaceRestoreModelLoader, Den_FaceRestoreCFWithModel'),

  // ComfyUI-Impact-Pack and -Subpack
  ...each(
    { 'Select to add LoRA': 'loras@1' },
    `BasicPipeToDetailerPipe, BasicPipeToDetailerPipeSDXL, EditDetailerPipe, EditDetailerPipeSDXL, ToDetailerPipe, ToDetailerPipeSDXL`,
  ),
  ImpactWildcardEncode: { 'Select to add LoRA': 'loras@3' },
  ...each({ model_name: 'mmdets_bbox|mmdets_segm' }, 'MMDetDetectorProvider, MMDetLoader'),
  ONNXDetectorProvider: { model_name: 'onnx' },
  SAMLoader: { model_name: 'sams' },
  UltralyticsDetectorProvider: { model_name: 'ultralytics' },

  // ComfyUI-WanAnimatePreprocess, ComfyUI-RMBG, ComfyUI_LayerStyle_Advance
  OnnxDetectionModelLoader: { vitpose_model: 'detection', yolo_model: 'detection' },
  AILab_YoloV8Adv: { yolo_model: 'ultralytics' },
  'LayerMask: LoadBenModel': { model: 'BEN' },
  'LayerMask: LoadBiRefNetModel': { model: 'BiRefNet/pth' },
  'LayerMask: TransparentBackgroundUltra': { model: 'transparent-background' },
  ...each({ yolo_model: 'yolo' }, 'LayerMask: ObjectDetectorYOLO8, LayerMask: YoloV8Detect'),

  // ComfyUI_StoryDiffusion
  StoryDiffusion_Apply: { photomake_ckpt: 'photomaker@1', ipadapter_ckpt: 'photomaker' },
  EasyFunction_Lite: {
    unet: 'diffusion_models@2',
    gguf: 'gguf',
    clip1: 'text_encoders',
    clip2: 'text_encoders',
    clip_vision1: 'clip_vision',
    clip_vision2: 'clip_vision',
    lora1: 'loras',
    lora2: 'loras',
    controlnet: 'controlnet',
  },

  // ComfyUI_essentials
  'LorasForFluxParams+': { lora_1: 'loras' },
  // ComfyUI_JPS-Nodes
  'Lora Loader (JPS)': { lora_name: 'loras@1' },
  // comfyui-prompt-reader-node
  ...each(LORA, 'SDLoraLoader, SDLoraSelector'),
  SDParameterGenerator: { ckpt_name: 'checkpoints', vae_name: 'vae', config_name: 'configs@3' },
};
