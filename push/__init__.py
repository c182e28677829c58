"""What leaves the machine, and the inbox: an outbox in PostgreSQL, and channels that carry its notices.

    a transaction ── enqueue ──▶ outbox ── claim, lease ──▶ Lane, one a channel ── deliver ──▶ inbox · SMS · …
    (or record_scan)               ▲                                                 │
                                   └──────── settle, or due again later ◀── Recorder ┘

Phones are reached by the clients of Apple, Firebase, WeChat and Alipay, each of which sends one message to one address
and says what became of it (`sending`); they know nothing of the outbox. What the inbox has is fanned out (`fanning`) to
one more notice a message, which walks over those four channels until one takes it (`walking`, `carrying`).

A Dispatcher runs a Lane for each Channel. The database is released before a channel is called, and a lease, not a lock,
says who holds a notice: a worker that dies loses nothing, since its leases end. Of people, only an id is known here.
"""
