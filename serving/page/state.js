// What the page knows of the service and of the article.

export const state = { codebook: null, model: null, paragraphs: [] };
