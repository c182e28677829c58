"""How the deployment fares: counted and sampled each minute, read as a whole, and judged by rules that raise alarms.

counting: each server's counts ──┐ a minute              standing: how everything stands now ──► alarms
sampling: the worker's gauges  ──┴► measurements ──► plotting: an hour, a day, a week for the desk's plots
"""
