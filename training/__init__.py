"""Labels to a bundle: fine-tuning, the linear baseline, calibration, export, the registry."""
