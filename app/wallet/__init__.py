"""The wallet: licences shown, asked for, handed over on consent, and checked."""
