"""Small nasty counties: extracts full of edges and dirt, made from a seed. `fuzz.py` is the way in."""
