-- Care: residents who show codes of their relatives; and the windows where people without a phone are served.

-- Somebody asked to care for the inviter, or to be cared for by them. Who was asked stands sealed under the inviter's key, and as
-- keyed indexes of phone and name together: they lead whoever has both here, and tell nobody whether there is such an account.
CREATE TABLE care_invitations (
    resident_id uuid NOT NULL REFERENCES residents,     -- who invites
    invitation_id uuid NOT NULL,
    invitee_indexes bytea[] NOT NULL,   -- under each index key in use
    invitee_part text NOT NULL CHECK (invitee_part IN ('shows', 'is-shown')),
    kinship text NOT NULL CHECK (kinship IN ('parent', 'child', 'spouse', 'grandparent', 'other')),
    sealed_invitee bytea NOT NULL,
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text CHECK (outcome IN ('accepted', 'declined', 'withdrawn', 'locked')),
    PRIMARY KEY (resident_id, invitation_id),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
SELECT cluster.distribute('care_invitations', 'resident_id', 'residents');
CREATE INDEX care_invitations_by_expiry ON care_invitations (expires_at);

CREATE TABLE care_invitation_lookups (
    invitee_index bytea NOT NULL,
    resident_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (invitee_index, resident_id, invitation_id)
);
SELECT cluster.distribute('care_invitation_lookups', 'invitee_index');
CREATE INDEX care_invitation_lookups_of_inviter ON care_invitation_lookups (resident_id);
CREATE INDEX care_invitation_lookups_by_expiry ON care_invitation_lookups (expires_at);

-- What each of the two agreed to; the binding of the same id says whether it lives.
CREATE TABLE care_relations (
    resident_id uuid NOT NULL REFERENCES residents,
    binding_id uuid NOT NULL,
    kinship text NOT NULL CHECK (kinship IN ('parent', 'child', 'spouse', 'grandparent', 'other')),
    agreed_by text NOT NULL CHECK (agreed_by IN ('invitation', 'guardian', 'window')),
    agreed_at timestamptz NOT NULL,
    renewal_agreed_at timestamptz,      -- this one of the two would go on; once both would, the end moves
    reminded_at timestamptz,            -- told that the end is near; of the end that stands now
    PRIMARY KEY (resident_id, binding_id)
);
SELECT cluster.distribute('care_relations', 'resident_id', 'residents');

CREATE INDEX bindings_by_end ON bindings (ends_at) WHERE ended_at IS NULL;

-- Somebody stands at a window, as a face check has just shown: for some minutes, and for one member of staff.
CREATE TABLE window_presences (
    staff_id uuid NOT NULL,
    presence_id uuid NOT NULL,
    resident_id uuid,                   -- NULL until somebody who is unknown here is registered
    sealed_person bytea,                -- name and ID number of somebody unknown, until then
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (staff_id, presence_id),
    CHECK ((resident_id IS NULL) = (sealed_person IS NOT NULL))
);
SELECT cluster.distribute('window_presences', 'staff_id');
CREATE INDEX window_presences_of_resident ON window_presences (resident_id);
CREATE INDEX window_presences_by_expiry ON window_presences (expires_at);

-- Whoever registers at a window needs no login.
ALTER TABLE residents DROP CONSTRAINT residents_verified_by_check;
ALTER TABLE residents ADD CONSTRAINT residents_verified_by_check
    CHECK (verified_by IN ('face', 'network-credential', 'carrier', 'window'));

-- A guardian's word alone lets no child in any more: a window has seen the documents, or a guardian who was confirmed before agrees.
ALTER TABLE guardian_consents ADD COLUMN confirmed_at timestamptz;
ALTER TABLE guardian_consents ADD COLUMN confirmed_by text CHECK (confirmed_by IN ('window', 'guardian'));
ALTER TABLE guardian_consents ADD CONSTRAINT guardian_consents_confirmation CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL));
