"""What lives long and can end early: status lists, certificates of phones, codes on paper.

places.py       which place of a status list the next thing gets      certificates.py  batches for phones without a network
revoking.py     what is revoked reaches a list                        papers.py        codes on paper: issued, lost, renewed
publishing.py   lists are signed anew, and held by every server       paper_page/      what is printed
"""
