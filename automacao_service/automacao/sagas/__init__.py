"""Flows across services that end complete or leave nothing behind: declarations, and the engine that carries them out."""
