"""How finished folders come to the Hub."""
