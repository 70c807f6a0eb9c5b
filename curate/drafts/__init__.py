"""First recipes, from data that is there or from what another tool was told to train on."""
