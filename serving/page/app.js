// The page: paste an article, read its frames, correct them. Plain DOM, no build step.
// Frames and stances come from GET /codebook.

import { listenToArticle } from "./article.js";
import { byId } from "./elements.js";
import { listenForTips } from "./frames.js";
import { start } from "./model.js";
import { listenToRetraining } from "./retraining.js";

listenToArticle();
listenForTips();
listenToRetraining();
byId("model-missing").querySelector("button").addEventListener("click", start);
start();
