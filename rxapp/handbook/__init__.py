"""The handbooks, per role, in Chinese; served inside the app."""
