// The page: paste an article, read its frames, correct them; label texts; settle disputes.
// Plain DOM, no build step.
// Frames and stances come from GET /codebook.

import { listenToAdjudicating } from "./adjudicate.js";
import { listenToArticle } from "./article.js";
import { byId } from "./elements.js";
import { listenForTips } from "./frames.js";
import { listenToLabelling } from "./label.js";
import { start } from "./model.js";
import { listenToRetraining } from "./retraining.js";
import { listenToViews } from "./views.js";

listenToArticle();
listenForTips();
listenToRetraining();
byId("model-missing").querySelector("button").addEventListener("click", start);
listenToLabelling();
listenToAdjudicating();
listenToViews();
start();
