import { fetched, needed } from './needed-file.ts';

const ANTELOPE_FILES = ['models/antelopev2/glintr100.onnx', 'models/antelopev2/scrfd_10g_bnkps.onnx'];

/** InsightFace fetches this pack by itself. */
export const BUFFALO = fetched('insightface', 'models/buffalo_l/det_10g.onnx', 'models/buffalo_l/w600k_r50.onnx');
/** It fetches this one too, and unpacks it into a folder too deep to be found, so that people place it. */
export const ANTELOPE = needed('insightface', ...ANTELOPE_FILES);
/** The same for a class that one pack declares with a download of its own, and another leaves to InsightFace. */
export const FETCHED_ANTELOPE = fetched('insightface', ...ANTELOPE_FILES);
