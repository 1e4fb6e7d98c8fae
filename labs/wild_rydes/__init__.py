"""Wild Rydes: unicorns report once a second; the readings are shown, kept, watched and summed up as they stream in."""
