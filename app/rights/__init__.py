"""A resident's rights over what is held of them, standing above the domains that hold it.

    consenting  what they agreed to, and what withdrawing it does at once
    exporting   all of it as one archive, page by page
    leaving     asking to be deleted, and thinking better of it
    erasing     the worker does it; retaining: what law keeps, and until when
    holdings    every table, what of it is exported and what erased; a test holds it to the schema
docs/rights.md tells a resident, and whoever audits, what this promises.
"""
