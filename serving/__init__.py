"""Bundle to answers: the one predictor, the HTTP service, the page, files scored."""
