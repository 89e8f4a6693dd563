"""The command line, affect-perception."""
