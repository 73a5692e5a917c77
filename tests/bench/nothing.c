/* A library in which there is nothing: what it costs to load this one is the floor for any preload. */
