"""Campaigns: what operators tell a segment of the residents.

drafting ─► two persons (app.staff) ─► governing: running, paused, cancelled ─► walking, page by page ─► outbox

previewing says beforehand whom it would reach and how it looks; counting says afterwards, in round numbers, what came
of it. What a campaign says is frozen with its digest: a message holds the campaign's id alone, reading has the words.
"""
