"""Those who run it: roles, second factors, proposals that take two persons, and the desk's looks at residents.

    people (sessions, roles in tokens) ◄── factors ◄── sessions     proposals ──► a registry of dangerous acts
    audit (acts, chained)              ◄── every use case here       desk: looks, locks, disputes, venues
docs/staff.md has who may do what.
"""
