"""The front door. The only room that touches Reflex internals."""
