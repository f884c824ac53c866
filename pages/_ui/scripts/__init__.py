"""The scripts of the components: modules that are joined into one, and the words that they say."""
