-- Opening a wallet: what its list shows is kept in one sealed piece, so that no picture is read and nothing is masked anew.

-- `sealed_cards` is what app/licences/cards.py's Deck says, under the holder's key, and good while `cards_stamp` is the digest of
-- the rows that it was made of: each opening works that digest out anew, so that no writer of licences has to know of it.
ALTER TABLE wallets ADD COLUMN sealed_cards bytea;
ALTER TABLE wallets ADD COLUMN cards_stamp bytea;

-- A resident's wallet lies beside the resident, whose key it is sealed under: both are read at once.
UPDATE cluster.intents SET colocate_with = 'residents' WHERE table_name = 'wallets';
