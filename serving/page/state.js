// What the page knows of the service and of the document.

export const state = {
  codebook: null,
  model: null,
  bands: new Map(), // of every model and member seen, from `modelKey`: its frames, with their bands
  answer: null, // the service's, on the document that is shown
  paragraphs: [], // those of the document, of every kind
  shown: new Set(), // frames that the paragraphs are filtered by; none: all are shown
};

export const scored = () => state.paragraphs.filter(({ result }) => result);

/** Which model, and which of its members, something is by: the service's model, or an answer. */
export const modelKey = ({ model, member }) => `${model} ${member}`;
