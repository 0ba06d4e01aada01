"""Plain HTTP: sign-in, watching, files, certificate check, health."""
