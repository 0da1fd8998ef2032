"""Parse, call one story, show. The only room that prints. Heavy libraries are imported inside the functions."""
