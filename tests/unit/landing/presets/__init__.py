"""Samples of made-up people in the layouts that vendors document, a module per preset."""
