"""What every box needs and no box is: AWS clients, events, errors, health, logs and waiting. Imported, never run."""
