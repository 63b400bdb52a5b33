"""What one company declares about itself: every YAML of a store folder as checked, immutable objects.

Belongs here: the form of a store's files and the messages a mistake in them gets.
Does not belong here: reading exports, SQL that runs, anything that changes from night to night.
"""
