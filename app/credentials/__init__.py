"""What lives long and can end early: status lists, certificates of phones, codes on paper.

    places.py      which place of a list the next thing gets    certificates.py  batches for phones without a network
    revoking.py    what is revoked reaches a list               papers.py        codes on paper: issued, lost, renewed
    publishing.py  the worker signs lists anew                  held_lists.py    servers hold them, and sign deltas
Online, a scan asks the rows themselves; lists are for who scans without a network, and cover things, never residents.
"""
