"""What every blueprint shares: who asks, what they sent, how it is answered."""
