"""Commands that learn something from data: committed tables, and the networks trained here."""
