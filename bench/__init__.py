"""What the platform costs, measured as ratios in one run on one machine: `python -m bench`."""
