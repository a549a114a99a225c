import { fetched, needed } from './needed-file.ts';

/** InsightFace fetches this pack by itself; the other one it unpacks into a folder too deep to be found, so that people place it. */
export const BUFFALO = fetched('insightface', 'models/buffalo_l/det_10g.onnx', 'models/buffalo_l/w600k_r50.onnx');
export const ANTELOPE = needed('insightface', 'models/antelopev2/glintr100.onnx', 'models/antelopev2/scrfd_10g_bnkps.onnx');
