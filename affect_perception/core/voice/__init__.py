"""The voice: audio chunks to speech activity, speech rate and how it sounds."""
