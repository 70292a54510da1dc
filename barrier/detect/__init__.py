"""Detectors: rules that read the graph, and the measures behind them."""
