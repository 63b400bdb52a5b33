"""What each tool takes, written from its vendor's documents only; nothing here imports the program."""
