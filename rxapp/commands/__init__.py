"""The operator's commands, by what they are about; `rxapp.cli` puts them together."""
