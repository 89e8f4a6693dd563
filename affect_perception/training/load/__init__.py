"""`affect-perception train load`: the model of cognitive load and stress."""
