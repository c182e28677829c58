"""Companies and other legal entities: who represents them by law, and whom they let act for them."""
