// The page: read a document, see its frames and what carried them, correct them; label texts;
// settle disputes; the model and the codebook. Plain DOM, no build step.
// Frames and stances come from GET /codebook.

import { listenToAdjudicating } from "./adjudicate.js";
import { listenToCodebook } from "./codebook.js";
import { listenToDownloads } from "./downloads.js";
import { listenForTips } from "./frames.js";
import { listenToLabelling } from "./label.js";
import { listenToModel, start } from "./model.js";
import { listenToFilter } from "./profile.js";
import { listenToReading } from "./reading.js";
import { listenToRetraining, look } from "./retraining.js";
import { listenToViews } from "./views.js";

listenToReading();
listenForTips();
listenToFilter();
listenToDownloads();
listenToRetraining();
listenToLabelling();
listenToAdjudicating();
listenToModel(() => look(false));
listenToCodebook();
listenToViews();
start();
