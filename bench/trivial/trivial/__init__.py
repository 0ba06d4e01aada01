"""The least a Reflex app can do: one state, one number, one handler."""
