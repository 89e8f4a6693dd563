"""From face observations over time to glances, alerts and the attention state."""
