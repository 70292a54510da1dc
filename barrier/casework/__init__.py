"""Cases: from draft advice to decisions, interventions, feedback and outcomes, kept over rescans and new software."""
