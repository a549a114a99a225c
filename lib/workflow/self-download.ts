import { type LoaderRow, splitList } from './loaders/rows.ts';

/** What a node that fetches its own models calls them: input and place, without a folder since the node minds its own. */
const byPlace = (...inputs: readonly string[]): LoaderRow => Object.fromEntries(inputs.map((input) => [input, '']));
const each = (row: LoaderRow, nodeTypes: string): [string, LoaderRow][] => splitList(nodeTypes).map((nodeType) => [nodeType, row]);
const UNNAMED: LoaderRow = {};

/**
 * Node classes that fetch the models they need when they run (their sources call `snapshot_download`, `hf_hub_download`,
 * `load_file_from_url`, `download_url_to_file` or a downloader of their own; read 2025-10 to 2026-08), and their inputs that choose one.
 */
const CLASSES: ReadonlyMap<string, LoaderRow> = new Map([
  // ComfyUI-Florence2, ComfyUI_LayerStyle_Advance, ComfyUI-RMBG
  ...each(byPlace('model'), 'LayerMask: LoadBiRefNetModelV2, LayerUtility: LoadSmolLM2Model, LayerUtility: LoadSmolVLMModel'),
  ...each(byPlace('version'), 'LayerMask: LoadFlorence2Model'),
  ...each(byPlace('llm_model'), 'LayerUtility: LoadJoyCaption2Model, LayerUtility: JoyCaption2'),
  ...each(byPlace('sam2_model'), 'LayerMask: SAM2Ultra, LayerMask: LoadSAM2Model, LayerMask: SAM2VideoUltra'),
  ...each(
    byPlace('sam_model', 'grounding_dino_model'),
    `LayerMask: SegmentAnythingUltra, LayerMask: SegmentAnythingUltra V2, LayerMask: SegmentAnythingUltra V3`,
  ),
  ...each(
    byPlace('model'),
    `LayerMask: SegformerClothesPipelineLoader, LayerMask: SegformerFashionPipelineLoader, LayerUtility: LoadVQAModel`,
  ),
  ...each(byPlace('model_name'), 'AILab_Florence2, AILab_QwenVL, AILab_QwenVL_Advanced, AILab_QwenVL_PromptEnhancer'),
  ...each(byPlace('model_name'), 'AILab_QwenVL_GGUF, AILab_QwenVL_GGUF_Advanced, AILab_QwenVL_GGUF_PromptEnhancer'),
  ...each(byPlace('model'), 'RMBG, BiRefNetRMBG'),
  ...each(UNNAMED, 'BodySegment, ClothesSegment, FaceSegment, FashionSegmentClothing, AILab_LamaRemover'),
  ...each(UNNAMED, 'AILab_SDMatte, Segment, SegmentV2, SAM2Segment, SAM3Segment'),

  // comfyui_segment_anything, ComfyUI-SAM2
  ...each(
    byPlace('model_name'),
    `SAMModelLoader (segment anything), GroundingDinoModelLoader (segment anything), SAM2ModelLoader (segment anything2),
    GroundingDinoModelLoader (segment anything2)`,
  ),

  // taggers, captions, masks, faces
  ...each(byPlace('model'), 'WD14Tagger|pysssss'),
  ...each(byPlace('rem_mode'), 'easy imageRemBg'),
  ...each(byPlace('model_name'), 'RembgNode_Mix, DownloadISNetModel, LoadLaMaModel, GemmaLoader, CLIPSeg Model Loader'),
  ...each(UNNAMED, 'Mask By Text, BatchCLIPSeg, CLIPSeg Masking, CLIPSeg Batch Masking, SwarmClipSeg, APersonMaskGenerator'),
  ...each(UNNAMED, `APersonFaceLandmarkMaskGenerator, easy humanSegmentation, BLIPCaption, DeepDanbooruCaption, ISNetSegment`),
  ...each(UNNAMED, 'MiniCPM_VQA_Simple, ClipInterrogator, Superprompt, PulidFluxInsightFaceLoader'),

  // film, sound, language
  ...each(byPlace('model'), 'SeedVR2VideoUpscaler, LoadVideoDepthAnythingModel, VocalRemovalNode, LoadRVCModelNode, AudioLDM'),
  ...each(UNNAMED, `LatentSyncNode, LTXVPromptEnhancerLoader, LayeredDiffusionDecode, LayeredDiffusionDecodeRGBA, LayeredDiffusionApply`),
  ...each(UNNAMED, 'ImageToPose, ImageToDepth, VideoToDepth, VideoToOpenpose, LatentUpscaler, FL_RIFE, FL_FILM, FishSpeech_INFER'),
  ...each(UNNAMED, 'FishSpeech_INFER_SRT, MossTTSEngineNode, StoryDiffusion_CLIPTextEncode, TIPO, VRGDG_Qwen3.5, VRGDG_GeneralGGUF'),

  ...each(byPlace('llm_model', 'clip_model'), 'DownloadAndLoadHyVideoTextEncoder'),
  ...each(byPlace('model', 'vae'), 'DownloadAndLoadMochiModel'),

  // downloaders: what they name is fetched from where they say
  ...each(UNNAMED, 'HF Downloader, CivitAI Downloader, AssetDownloader, CivitaiLoraLoader, CivitaiModelSelector, LoraLoaderFromURL'),
]);

/** Families whose members all fetch for themselves: a prefix that says so, ControlNet's preprocessors, the frame interpolators. */
const FAMILIES: readonly (readonly [RegExp, LoaderRow])[] = [
  [/^DownloadAndLoad/i, byPlace('model')],
  [/Down-?[lL]oader\b/, UNNAMED],
  [/ VFI$/, byPlace('ckpt_name')],
  [/Preprocessor($|[_ ])|^AIO_/, UNNAMED],
];

/** `true` for a class that is known to fetch what it names in this input, whichever folder its sources read. */
export function fetchesFor(nodeType: string, input: string): boolean {
  return CLASSES.get(nodeType)?.[input] !== undefined;
}

/**
 * How a node class that downloads for itself names its models: input names, with nothing for their folders; an empty row when it does not
 * name any. `undefined` for a class that expects its files in place.
 */
export function selfDownloadRow(nodeType: string): LoaderRow | undefined {
  return CLASSES.get(nodeType) ?? FAMILIES.find(([pattern]) => pattern.test(nodeType))?.[1];
}
